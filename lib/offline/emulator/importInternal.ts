/** Imports a file of serverless-offline that the package does not export.
 * @param path in its source folder, such as `./lambda/LambdaFunction.js` */
export async function importInternal(path: string) {
  return import(new URL(path, import.meta.resolve('serverless-offline')).href);
}
