// Follows the system's light or dark mode for those who asked for it; loaded before the page is drawn.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => { if (root.dataset.theme === "system") root.dataset.bsTheme = dark.matches ? "dark" : "light"; };
  root.classList.add("js");
  dark.addEventListener("change", follow);
  follow();
})();
