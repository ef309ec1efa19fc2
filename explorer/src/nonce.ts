// The page's policy lets only style elements with its nonce in. The editor and the dialogs make theirs as they go.

const nonce = document.querySelector<HTMLMetaElement>("meta[name=nonce]")?.nonce;
const create = document.createElement.bind(document);

document.createElement = (name: string, options?: ElementCreationOptions) => {
  const element = create(name, options);
  if (nonce && element instanceof HTMLStyleElement) element.nonce = nonce;
  return element;
};
