// Whether a page can be read, as a function that runs in it.

"use strict";

// For each element with text of its own: whether it can be read on what is behind it.
const unreadable = () => {
  const channels = (color) => {
    const numbers = color.match(/[\d.]+/g).map(Number);
    return { rgb: numbers.slice(0, 3), alpha: numbers[3] ?? 1 };
  };
  const luminance = (rgb) => {
    const [red, green, blue] = rgb.map((one) => (one / 255 <= 0.04045 ? one / 3294.6 : ((one / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    const shape = element.closest(".box")?.querySelector(element.classList.contains("sign") ? ".stripe" : ".ground");
    if (shape) return channels(getComputedStyle(shape).fill).rgb;
    for (let at = element; at; at = at.parentElement) {
      const { rgb, alpha } = channels(getComputedStyle(at).backgroundColor);
      if (alpha === 1) return rgb;
      if (alpha !== 0) throw new Error(`${at.className} is half transparent`);
    }
    return channels(getComputedStyle(document.documentElement).backgroundColor).rgb;
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (!own || !element.checkVisibility() || ["SCRIPT", "title"].includes(element.tagName)) continue;
    const style = getComputedStyle(element);
    const front = channels(element instanceof SVGElement ? style.fill : style.color).rgb;
    const [dark, light] = [luminance(front), luminance(behind(element))].sort((one, other) => one - other);
    const contrast = (light + 0.05) / (dark + 0.05);
    if (contrast < 4.5) found.push(`${contrast.toFixed(2)}: ${element.tagName}.${element.className.baseVal ?? element.className} ${element.textContent.slice(0, 40)}`);
  }
  return [...new Set(found)];
};

module.exports = { unreadable };
