/** Parameters of what is in front of the APIs. Throttling answers 429 before a function runs. */
export const edgeParameters = {
  domain: { default: '', Description: 'Host name for the page and the HTTP API, such as polls.example.com' },
  certificateArn: {
    default: '',
    AllowedPattern: '^$|^arn:[a-z-]+:acm:.*$',
    Description:
      'Certificate of the domain in ACM; for cloudfront in us-east-1, else in the region of the stack',
  },
  cloudfront: {
    default: 'false',
    AllowedValues: ['true', 'false'],
    Description:
      'true puts CloudFront in front of the page and the HTTP API, so that any number of viewers can read',
  },
  requestsPerAddress: {
    default: '12000',
    Type: 'Number',
    MinValue: 0,
    Description:
      'With cloudfront: votes and other requests that are no reads, a minute from one address, at least 10; a hall can share one. 0 makes no WAF, so nothing limits an address, nor its reads and new polls',
  },
  readsPerAddress: {
    default: '300000',
    Type: 'Number',
    MinValue: 0,
    Description:
      'With cloudfront: reads a minute from one address, at least 10; 9,000 phones that read a poll from the cache make so many. 0 is no limit',
  },
  webAclArn: {
    default: '',
    AllowedPattern: '^$|^arn:[a-z-]+:wafv2:us-east-1:[0-9]+:global/webacl/.*$',
    Description:
      "With cloudfront: a web ACL that you made in us-east-1, in place of the stack's, which only a stack in us-east-1 can make",
  },
  requestsPerSecond: {
    default: '10000',
    Type: 'Number',
    MinValue: 1,
    Description:
      'Requests a second to each API; an account has 10,000 for all of them and for posts to WebSocket clients',
  },
  requestBurst: {
    default: '5000',
    Type: 'Number',
    MinValue: 1,
    Description: 'Requests at once; AWS has 5,000',
  },
  creationsPerSecond: {
    default: '100',
    Type: 'Number',
    MinValue: 1,
    Description: 'New polls a second from everybody together',
  },
  provisionedConcurrency: {
    default: '0',
    Type: 'Number',
    MinValue: 0,
    Description:
      'Warm instances of castVote and of vote, for crowds that come at once: a cold one takes a second to start and opens a connection to each broker, which takes 100 new ones a second',
  },
};
