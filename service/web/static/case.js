"use strict";
// Lays the picture after over the picture before, with a slider between them. A range input takes finger, mouse and
// keyboard alike. Without this script they stand side by side; two of different shapes have no slider.
(() => {
  const pair = document.querySelector(".pair-large[data-slider]");
  if (!pair) return;
  const range = Object.assign(document.createElement("input"), {type: "range", min: 0, max: 100, value: 50, step: 1});
  range.className = "slider-range";
  range.setAttribute("aria-label", pair.dataset.slider);
  const line = document.createElement("span");
  line.className = "slider-line";
  line.setAttribute("aria-hidden", "true");
  const show = () => {
    pair.style.setProperty("--at", `${range.value}%`);
    range.setAttribute("aria-valuetext", pair.dataset.value.replace("{share}", range.value));
  };
  range.addEventListener("input", show);
  pair.classList.add("slider");
  pair.append(line, range);
  show();
})();
