declare module "virtual:messages/en" {
  const texts: Readonly<Record<string, string>>;
  export default texts;
}
declare module "virtual:messages/ja" {
  const texts: Readonly<Record<string, string>>;
  export default texts;
}
