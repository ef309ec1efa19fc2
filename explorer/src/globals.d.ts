declare const WORKERS: Record<"editor" | "graphql" | "json", string>;

declare module "*.graphql" {
  const document: string;
  export default document;
}
declare module "*.min.js" {
  const url: string;
  export default url;
}
declare module "*.svg" {
  const url: string;
  export default url;
}
declare module "graphql/utilities/getIntrospectionQuery.mjs" {
  export { getIntrospectionQuery } from "graphql";
}
declare module "*.css";
