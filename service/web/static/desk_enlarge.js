"use strict";
// A picture over the whole screen, larger by wheel, two fingers, buttons or keys. The stage itself is moved there, with
// its boxes, so that what is small can be masked where it is seen. Without this script the link opens the picture alone.
(() => {
  const MOST = 16;
  const STEP = 1.5;
  const words = document.querySelector("template[data-words]").dataset;
  const made = (tag, properties) => Object.assign(document.createElement(tag), properties);

  class Enlarged {
    constructor(link) {
      this.link = link;
      this.pane = link.closest("[data-pane]");
      this.stage = this.pane.querySelector(".stage");
      this.tools = this.pane.querySelector("[data-tools]");
      this.scale = 1;
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        this.open();
      });
      // On a finished picture there is nothing else to press.
      if (!this.tools) this.stage.addEventListener("click", () => this.dialog?.open || this.open());
    }

    build() {
      this.dialog = made("dialog", {className: "enlarged"});
      this.dialog.setAttribute("aria-label", this.link.dataset.enlarge);
      this.view = made("div", {className: "enlarged-view", tabIndex: 0});
      this.view.setAttribute("role", "group");
      this.view.setAttribute("aria-label", words.enlarged);
      this.bar = made("div", {className: "enlarged-bar"});
      const act = (text, label, work) => {
        const button = made("button", {type: "button", textContent: text});
        if (label !== text) button.setAttribute("aria-label", label);
        button.addEventListener("click", work);
        this.bar.append(button);
      };
      act("−", words.smaller, () => this.zoom(1 / STEP));
      act("+", words.larger, () => this.zoom(STEP));
      act(words.whole, words.whole, () => this.zoom(1 / this.scale));
      act(words.close, words.close, () => this.dialog.close());
      this.dialog.append(this.bar, made("p", {className: "enlarged-hint", textContent: words.enlarged}), this.view);
      this.pane.append(this.dialog);
      this.dialog.addEventListener("close", () => this.putBack());
      this.view.addEventListener("wheel", (event) => {
        event.preventDefault();
        this.zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.002)), event);
      }, {passive: false});
      this.dialog.addEventListener("keydown", (event) => this.key(event));
      this.dragging();
      this.pinching();
      addEventListener("resize", () => this.dialog.open && this.zoom(1));
    }

    open() {
      if (!this.dialog) this.build();
      this.home = document.createComment("");
      this.stage.before(this.home);
      this.view.append(this.stage);
      if (this.tools) {
        this.toolsHome = document.createComment("");
        this.tools.before(this.toolsHome);
        this.bar.append(this.tools);
      }
      this.scale = 1;
      this.dialog.showModal();
      document.documentElement.classList.add("behind");
      this.zoom(1);
      this.view.focus();
    }

    putBack() {
      this.stage.style.width = "";
      this.home.replaceWith(this.stage);
      if (this.tools) this.toolsHome.replaceWith(this.tools);
      document.documentElement.classList.remove("behind");
      this.link.focus();
    }

    // What lies under the pointer, or in the middle, stays where it is.
    zoom(factor, at = null) {
      const picture = this.stage.querySelector("img");
      const ratio = (picture.naturalWidth || 4) / (picture.naturalHeight || 3);
      const {view} = this;
      const whole = Math.min(view.clientWidth, view.clientHeight * ratio);
      const frame = view.getBoundingClientRect();
      const x = at ? at.clientX : frame.left + view.clientWidth / 2;
      const y = at ? at.clientY : frame.top + view.clientHeight / 2;
      const before = this.stage.getBoundingClientRect();
      const [across, down] = [(x - before.left) / before.width, (y - before.top) / before.height];
      this.scale = Math.min(Math.max(this.scale * factor, 1), MOST);
      this.stage.style.width = `${whole * this.scale}px`;
      const after = this.stage.getBoundingClientRect();
      view.scrollLeft += after.left + across * after.width - x;
      view.scrollTop += after.top + down * after.height - y;
    }

    key(event) {
      const factor = {"+": STEP, "=": STEP, "-": 1 / STEP, "_": 1 / STEP, "0": 1 / this.scale}[event.key];
      if (!factor || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.zoom(factor);
    }

    // By mouse, where dragging draws no box.
    dragging() {
      if (this.tools) return;
      this.view.addEventListener("pointerdown", (event) => {
        if (event.pointerType === "touch" || event.button > 0) return;
        event.preventDefault();
        this.view.focus();
        const start = {x: event.clientX + this.view.scrollLeft, y: event.clientY + this.view.scrollTop};
        const move = (now) => this.view.scrollTo(start.x - now.clientX, start.y - now.clientY);
        const end = () => this.view.removeEventListener("pointermove", move);
        this.view.setPointerCapture(event.pointerId);
        this.view.addEventListener("pointermove", move);
        this.view.addEventListener("pointerup", end, {once: true});
        this.view.addEventListener("pointercancel", end, {once: true});
      });
    }

    pinching() {
      let apart = null;
      const between = ([one, two]) => ({
        apart: Math.hypot(one.clientX - two.clientX, one.clientY - two.clientY),
        clientX: (one.clientX + two.clientX) / 2,
        clientY: (one.clientY + two.clientY) / 2,
      });
      const follow = (event) => {
        if (event.touches.length !== 2) return void (apart = null);
        event.preventDefault();
        const now = between(event.touches);
        if (apart) this.zoom(now.apart / apart, now);
        apart = now.apart;
      };
      for (const kind of ["touchstart", "touchmove"]) this.view.addEventListener(kind, follow, {passive: false});
      for (const kind of ["touchend", "touchcancel"]) this.view.addEventListener(kind, () => (apart = null));
    }
  }

  document.querySelectorAll("[data-enlarge]").forEach((link) => new Enlarged(link));

  // Being at a line shows what it tells of on the picture.
  const point = (pane, line, numbers) => {
    const marks = [...pane.querySelectorAll(".mark")].filter((_mark, at) => numbers.includes(at + 1));
    const show = (isShown) => () => marks.forEach((mark) => mark.classList.toggle("pointed", isShown));
    for (const kind of ["pointerenter", "focusin"]) line.addEventListener(kind, show(true));
    for (const kind of ["pointerleave", "focusout"]) line.addEventListener(kind, show(false));
  };
  document.documentElement.classList.add("scripted");
  document.querySelectorAll("[data-marks]").forEach((line) => {
    point(line.closest("[data-pane]"), line, line.dataset.marks.split(" ").map(Number));
  });
  document.querySelectorAll(".editor:not([data-editor]) [data-shape]").forEach((line) => {
    point(line.closest(".editor"), line, [[...line.parentElement.children].indexOf(line) + 1]);
  });
})();
