// The picture as a file of its own, in light colours whatever the screen's are.

export function saveSvg(picture: SVGSVGElement, name: string) {
  const copy = picture.cloneNode(true) as SVGSVGElement;
  const [, , width, height] = (copy.getAttribute("viewBox") ?? "").split(" ");
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", width ?? "");
  copy.setAttribute("height", height ?? "");
  for (const far of copy.querySelectorAll(".far, .chosen")) far.classList.remove("far", "chosen");
  const drawn = new XMLSerializer().serializeToString(copy).replace(/<svg[^>]*>/, (opening) => `${opening}<style>${styles()}</style>`);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([drawn], { type: "image/svg+xml" }));
  link.download = `${name.replaceAll(/[^\w-]+/g, "-")}.svg`;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** The rules of the page that are the picture's, as other programs understand them. */
function styles(): string {
  const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
  const own = rules.filter((rule) => rule instanceof CSSStyleRule && rule.selectorText.includes(".picture"));
  return own
    .map(({ cssText }) => cssText)
    .join("\n")
    .replaceAll(/light-dark\((\w+\([^()]*\)|[^,()]+),\s*(?:\w+\([^()]*\)|[^,()]+)\)/g, "$1")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;");
}
