"""A stand-in for AWS: moto's server, with what it lacks for this stack. It keeps everything in memory.

    python3 server.py <port>
"""

import json
import secrets
import sys

from moto.awslambda.models import EventSourceMapping, LambdaBackend
from moto.cloudformation.custom_model import CustomModel
from moto.cloudformation.models import CloudFormationBackend, Stack
from moto.core.common_models import CloudFormationModel
from moto.core.utils import utcnow
from moto.secretsmanager.models import secretsmanager_backends
from moto.server import main

# ValidateTemplate refuses what AWS takes with a warning of cfn-lint. The linter itself runs on the packaged template.
CloudFormationBackend.validate_template = lambda self, template: []

# Mappings of Kafka's topics are unknown. They have the limits of Kinesis, whose streams they need not find here.
service_of = EventSourceMapping._get_service_source_from_arn
create_mapping = LambdaBackend.create_event_source_mapping


def service_or_kinesis(self, event_source_arn=None):
    service = service_of(self, event_source_arn)
    return "kinesis" if service == "kafka" else service


def create_kafka_mapping(self, spec):
    if spec["EventSourceArn"].split(":")[2] != "kafka":
        return create_mapping(self, spec)
    function = self._lambdas.get_function_by_name_or_arn_with_qualifier(spec["FunctionName"])
    spec.update(RegionName=self.region_name, AccountId=self.account_id, FunctionArn=function.function_arn)
    mapping = EventSourceMapping(spec)
    self._event_source_mappings[mapping.uuid] = mapping
    return mapping


EventSourceMapping._get_service_source_from_arn = service_or_kinesis
LambdaBackend.create_event_source_mapping = create_kafka_mapping

# A stack does not say when it was updated last.
update_stack = Stack.update


def update_with_time(self, *args, **kwargs):
    self.last_updated_time = utcnow()
    return update_stack(self, *args, **kwargs)


Stack.update = update_with_time


# Reads RetainExceptOnCreate as Retain, which moto supports.
parse_template = Stack._parse_template


def parse_retained(self):
    parse_template(self)
    for resource in self.template_dict.get("Resources", {}).values():
        if resource.get("DeletionPolicy") == "RetainExceptOnCreate":
            resource["DeletionPolicy"] = "Retain"


Stack._parse_template = parse_retained


class Named:
    """A resource that is no more than its ARN."""

    def __init__(self, arn):
        self.arn = arn

    @property
    def physical_resource_id(self):
        return self.arn

    @staticmethod
    def cloudformation_name_type():
        return "Name"

    @classmethod
    def update_from_cloudformation_json(cls, original_resource, *args, **kwargs):
        return original_resource


class Secret(Named, CloudFormationModel):
    """CloudFormation makes no secrets here, and they are what a stack leaves behind."""

    __module__ = "moto.secretsmanager.cloudformation"  # moto looks for a model's service there

    @staticmethod
    def cloudformation_type():
        return "AWS::SecretsManager::Secret"

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        wanted = cloudformation_json["Properties"]["GenerateSecretString"]
        value = secrets.token_hex(int(wanted["PasswordLength"]) // 2)
        if "GenerateStringKey" in wanted:
            pattern = json.loads(wanted["SecretStringTemplate"])
            value = json.dumps({**pattern, wanted["GenerateStringKey"]: value})
        backend = secretsmanager_backends[account_id][region_name]
        made = backend.create_secret(resource_name, value, None, None, None, None, None, [], False)
        return cls(json.loads(made)["ARN"])


class Topic(Named, CloudFormationModel):
    """A mapping takes the name of its topic from the topic's ARN."""

    __module__ = "moto.kafka.cloudformation"

    @staticmethod
    def cloudformation_type():
        return "AWS::MSK::Topic"

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        wanted = cloudformation_json["Properties"]
        return cls(f'{wanted["ClusterArn"].replace(":cluster/", ":topic/")}/{wanted["TopicName"]}')


def answer_at_once(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
    """Custom resources would run their functions in containers."""
    from moto.cloudformation import cloudformation_backends

    resource = CustomModel(region_name, "request", kwargs["LogicalId"], resource_name)
    cloudformation_backends[account_id][region_name].get_stack(kwargs["StackId"]).add_custom_resource(resource)
    resource.set_data({})
    return resource


CustomModel.create_from_cloudformation_json = classmethod(answer_at_once)
CustomModel.get_cfn_attribute = lambda self, name: f"{self.logical_id}-{name}"

main(["-H", "127.0.0.1", "-p", sys.argv[1]])
