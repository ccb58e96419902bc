// The theme: as the system has it, or as somebody chose. Some browsers keep nothing for a file, and say so by throwing.
function makeTheme() {
  const themes = ["auto", "light", "dark"];
  const kept = (() => {
    try {
      return localStorage.getItem("stack-theme");
    } catch {
      return null;
    }
  })();
  let theme = themes.includes(kept) ? kept : "auto";
  const apply = () => {
    document.documentElement.dataset.theme = theme;
    byId("theme").textContent = `Theme: ${theme}`;
  };
  byId("theme").addEventListener("click", () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    try {
      localStorage.setItem("stack-theme", theme);
    } catch {
      // It holds for as long as the page is open.
    }
    apply();
  });
  apply();
}

