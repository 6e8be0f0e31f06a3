declare module "virtual:messages/en" {
  const texts: Readonly<Record<string, string>>;
  export default texts;
}
declare module "virtual:messages/ja" {
  const texts: Readonly<Record<string, string>>;
  export default texts;
}
declare module "virtual:messages/first" {
  const words: Readonly<Record<"ja" | "en", Readonly<Record<"hint" | "text", string>>>>;
  export default words;
}
