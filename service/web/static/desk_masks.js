"use strict";
// The boxes over a photo, by finger, mouse and keyboard, and the list beside it. Without this script the list's
// checkboxes and the form do the same, only that boxes stay where they were proposed.
(() => {
  const SMALLEST = 0.006; // of the picture's width or height
  const STEP = 0.01;
  const FINE = 0.002;
  const SMALL = 32; // pixels of the screen: less has no room for a number beside it
  const CORNERS = ["nw", "ne", "sw", "se"];

  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
  const round = (value) => Math.round(value * 1e5) / 1e5;

  function edgesOf(mask) {
    const xs = mask.points.map((point) => point[0]);
    const ys = mask.points.map((point) => point[1]);
    return {left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys)};
  }

  class Editor {
    constructor(form) {
      this.form = form;
      this.stage = form.querySelector("[data-stage]");
      this.picture = this.stage.querySelector("img");
      this.list = form.querySelector("[data-shapes]");
      this.said = form.querySelector("[data-said]");
      this.tools = form.querySelector("[data-tools]");
      this.shapes = [];
      this.past = [];
      this.count = 0;
      this.selected = null;
      this.changed = form.hasAttribute("data-unsaved");
      form.classList.add("live");
      this.layer = document.createElement("div");
      this.layer.className = "boxes";
      this.stage.append(this.layer);
      this.list.querySelectorAll("[data-shape]").forEach((item) => this.take(item, JSON.parse(item.dataset.mask)));
      this.listen();
      this.draw();
    }

    listen() {
      const tool = (name, act) => this.tools.querySelector(`[data-${name}]`).addEventListener("click", act);
      this.tools.hidden = false;
      tool("add", () => this.addInSight());
      tool("remove", () => this.selected && this.remove(this.selected));
      tool("undo", () => this.undo());
      this.layer.addEventListener("pointerdown", (event) => this.press(event));
      this.list.addEventListener("change", (event) => {
        const shape = this.listed(event.target);
        if (!shape) return;
        this.selected = shape;
        this.change(() => (shape.accepted = event.target.checked));
      });
      this.list.addEventListener("click", (event) => {
        // A box that is ticked tells so itself, after this: drawing now would take the tick back.
        if (event.target.matches("input")) return;
        const shape = this.listed(event.target);
        if (shape) this.select(shape);
      });
      // One line and one box at a time are stops of the Tab key; the arrow keys go from line to line.
      this.list.addEventListener("keydown", (event) => this.walk(event));
      this.list.addEventListener("focusin", (event) => {
        const shape = this.listed(event.target);
        if (shape) this.select(shape);
      });
      this.form.addEventListener("submit", () => this.pack());
      new ResizeObserver(() => this.size()).observe(this.stage);
    }

    get shown() {
      return this.shapes.filter((shape) => !shape.gone);
    }

    walk(event) {
      const shape = this.listed(event.target);
      if (!shape) return;
      if (event.key === "Enter") {
        event.preventDefault();
        shape.box.focus();
        return;
      }
      const at = this.shown.indexOf(shape);
      const to = {ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: this.shown.length - 1}[event.key];
      if (to === undefined) return;
      event.preventDefault();
      this.shown[clamp(to, 0, this.shown.length - 1)].item.querySelector("input").focus();
    }

    // Numbers of boxes that are small on the screen are shown while one is at them.
    size() {
      const {width, height} = this.stage.getBoundingClientRect();
      this.shapes.forEach(({box, edges}) => {
        const smaller = Math.min((edges.right - edges.left) * width, (edges.bottom - edges.top) * height);
        box.classList.toggle("small", smaller < SMALL);
      });
    }

    listed(element) {
      return this.shapes.find((each) => each.item.contains(element));
    }

    // A shape is a line of the list and a box on the picture. `mask` is what was sent or proposed, until it is moved.
    take(item, mask) {
      const shape = {item, mask, edges: edgesOf(mask), accepted: item.querySelector("input").checked, gone: false};
      const box = document.createElement("button");
      box.type = "button";
      box.className = "box";
      CORNERS.forEach((corner) => {
        const handle = document.createElement("span");
        handle.className = `handle handle-${corner}`;
        handle.dataset.corner = corner;
        box.append(handle);
      });
      const number = document.createElement("span");
      number.className = "box-number";
      box.append(number);
      box.addEventListener("focus", () => this.select(shape));
      box.addEventListener("keydown", (event) => this.key(event, shape));
      box.addEventListener("click", (event) => {
        if (event.detail === 0) this.toggle(shape); // by the keyboard or by a screen reader
      });
      shape.box = box;
      this.layer.append(box);
      this.shapes.push(shape);
      return shape;
    }

    draw() {
      let number = 0;
      for (const shape of this.shapes) {
        const {box, item, edges, accepted, gone} = shape;
        box.hidden = gone;
        item.hidden = gone;
        if (gone) continue;
        number += 1;
        const name = item.querySelector("[data-name]").textContent;
        box.style.left = `${edges.left * 100}%`;
        box.style.top = `${edges.top * 100}%`;
        box.style.width = `${(edges.right - edges.left) * 100}%`;
        box.style.height = `${(edges.bottom - edges.top) * 100}%`;
        box.classList.toggle("accepted", accepted);
        box.classList.toggle("selected", shape === this.selected);
        box.classList.toggle("at-top", edges.top * this.stage.clientHeight < 24);
        item.classList.toggle("accepted", accepted);
        item.classList.toggle("selected", shape === this.selected);
        item.querySelector("input").checked = accepted;
        box.querySelector(".box-number").textContent = number;
        box.setAttribute("aria-label", `${number} ${name}`);
        box.setAttribute("aria-pressed", String(accepted));
        box.setAttribute("aria-description", this.said.dataset.how);
      }
      const stop = this.shown.includes(this.selected) ? this.selected : this.shown[0];
      this.shown.forEach((shape) => {
        shape.box.tabIndex = shape.item.querySelector("input").tabIndex = shape === stop ? 0 : -1;
      });
      this.size();
      const none = this.form.elements.none_needed;
      none.disabled = this.shapes.some((shape) => shape.accepted && !shape.gone);
      if (none.disabled) none.checked = false;
      this.tools.querySelector("[data-remove]").disabled = !this.selected;
      this.tools.querySelector("[data-undo]").disabled = this.past.length === 0;
    }

    remember() {
      this.past.push(this.shapes.map(({edges, accepted, gone, mask}) => ({edges: {...edges}, accepted, gone, mask})));
    }

    change(act) {
      this.remember();
      act();
      this.changed = true;
      this.draw();
    }

    undo() {
      const before = this.past.pop();
      if (!before) return;
      this.shapes.forEach((shape, index) => Object.assign(shape, before[index] || {gone: true}));
      this.draw();
      this.said.textContent = this.said.dataset.undone;
    }

    select(shape) {
      if (this.selected === shape) return;
      this.selected = shape;
      this.draw();
    }

    toggle(shape) {
      this.change(() => (shape.accepted = !shape.accepted));
      this.said.textContent = shape.accepted ? this.said.dataset.kept : this.said.dataset.dropped;
    }

    // What a detector proposed stays to be seen, and can be taken up again; what was drawn goes.
    remove(shape) {
      this.change(() => {
        shape.accepted = false;
        shape.gone = !shape.mask.proposal;
      });
      this.said.textContent = this.said.dataset.dropped;
      if (shape.gone) {
        this.selected = null;
        this.draw();
        this.tools.querySelector("[data-undo]").focus();
      }
    }

    add(edges) {
      this.remember();
      this.count += 1;
      const item = this.form.querySelector("[data-new-shape]").content.firstElementChild.cloneNode(true);
      item.dataset.shape = `drawn-${this.count}`;
      item.querySelector("input").value = item.dataset.shape;
      this.list.querySelector(".none")?.remove();
      this.list.append(item);
      const points = [[edges.left, edges.top], [edges.right, edges.bottom]];
      const shape = this.take(item, {kind: "rectangle", points, subject: "other", proposal: null});
      this.changed = true;
      this.draw();
      return shape;
    }

    addInSight() {
      // In the middle of what is to be seen of the picture, be it the page or enlarged, and a fifth as wide.
      const frame = this.stage.getBoundingClientRect();
      const seen = this.stage.closest(".enlarged-view")?.getBoundingClientRect();
      const part = (start, length, from, to) => [clamp((from - start) / length, 0, 1), clamp((to - start) / length, 0, 1)];
      const [west, east] = part(frame.left, frame.width, seen?.left ?? 0, seen?.right ?? innerWidth);
      const [north, south] = part(frame.top, frame.height, seen?.top ?? 0, seen?.bottom ?? innerHeight);
      const [across, down] = [(east - west || 1) / 10, (south - north || 1) / 12];
      const [x, y] = [clamp((west + east) / 2, across, 1 - across), clamp((north + south) / 2, down, 1 - down)];
      const shape = this.add({left: x - across, right: x + across, top: y - down, bottom: y + down});
      shape.box.focus();
      this.said.textContent = this.said.dataset.added;
    }

    point(event) {
      const frame = this.stage.getBoundingClientRect();
      return [
        clamp((event.clientX - frame.left) / frame.width, 0, 1),
        clamp((event.clientY - frame.top) / frame.height, 0, 1),
      ];
    }

    press(event) {
      if (event.button > 0) return;
      const box = event.target.closest(".box");
      // A finger on the bare picture scrolls the page; a mouse or a pen draws there.
      if (!box && event.pointerType === "touch") return;
      event.preventDefault();
      const [x, y] = this.point(event);
      let shape = this.shapes.find((each) => each.box === box);
      let corner = event.target.dataset.corner || null;
      const drawn = !shape;
      if (drawn) {
        shape = this.add({left: x, top: y, right: x, bottom: y});
        corner = "se";
      } else {
        this.remember();
      }
      shape.box.focus({preventScroll: true});
      this.follow(event, shape, corner, drawn, x, y);
    }

    follow(event, shape, corner, drawn, x, y) {
      const start = {...shape.edges};
      let moved = false;
      const move = (now) => {
        const [toX, toY] = this.point(now);
        moved = moved || Math.hypot(now.clientX - event.clientX, now.clientY - event.clientY) > 3;
        if (moved) this.place(shape, start, corner, toX - x, toY - y);
      };
      const end = (last) => {
        this.layer.removeEventListener("pointermove", move);
        this.layer.removeEventListener("pointerup", end);
        this.layer.removeEventListener("pointercancel", end);
        if (!moved || last.type === "pointercancel") {
          shape.edges = start;
          if (drawn) shape.gone = true;
          this.past.pop();
          this.draw();
          return;
        }
        this.changed = true;
        shape.accepted = true;
        this.draw();
      };
      this.layer.setPointerCapture(event.pointerId);
      this.layer.addEventListener("pointermove", move);
      this.layer.addEventListener("pointerup", end);
      this.layer.addEventListener("pointercancel", end);
    }

    // Moves a box, or one corner of it, by a part of the picture from where it was.
    place(shape, from, corner, dx, dy) {
      const {left, top, right, bottom} = from;
      if (!corner) {
        const x = clamp(dx, -left, 1 - right);
        const y = clamp(dy, -top, 1 - bottom);
        shape.edges = {left: left + x, right: right + x, top: top + y, bottom: bottom + y};
      } else {
        const x = corner.endsWith("w") ? [clamp(left + dx, 0, 1), right] : [left, clamp(right + dx, 0, 1)];
        const y = corner.startsWith("n") ? [clamp(top + dy, 0, 1), bottom] : [top, clamp(bottom + dy, 0, 1)];
        shape.edges = {left: Math.min(...x), right: Math.max(...x), top: Math.min(...y), bottom: Math.max(...y)};
        const wide = Math.max(shape.edges.right - shape.edges.left, SMALLEST);
        const tall = Math.max(shape.edges.bottom - shape.edges.top, SMALLEST);
        shape.edges.right = Math.min(shape.edges.left + wide, 1);
        shape.edges.bottom = Math.min(shape.edges.top + tall, 1);
      }
      const {edges} = shape;
      const points = [[edges.left, edges.top], [edges.right, edges.bottom]];
      shape.mask = {...shape.mask, kind: "rectangle", points};
      this.draw();
    }

    key(event, shape) {
      const step = event.altKey ? FINE : STEP;
      const along = {ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step]}[event.key];
      if (along) {
        this.change(() => {
          shape.accepted = true;
          this.place(shape, shape.edges, event.shiftKey ? "se" : null, ...along);
        });
      } else if (event.key === "PageDown" || event.key === "PageUp") {
        const at = this.shown.indexOf(shape) + (event.key === "PageDown" ? 1 : -1);
        this.shown[clamp(at, 0, this.shown.length - 1)].box.focus();
      } else if (event.key === "Delete" || event.key === "Backspace") {
        this.remove(shape);
      } else if (event.key === "z" && (event.ctrlKey || event.metaKey)) {
        this.undo();
      } else {
        return;
      }
      event.preventDefault();
    }

    pack() {
      const masks = this.shapes
        .filter((shape) => shape.accepted && !shape.gone)
        .map(({mask}) => ({...mask, points: mask.points.map((point) => point.map(round))}));
      this.form.elements.shapes.value = JSON.stringify(masks);
      this.changed = false;
    }
  }

  window.clearwayEditors = [...document.querySelectorAll("[data-editor]")].map((form) => new Editor(form));
})();
