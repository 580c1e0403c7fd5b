// The map that can be moved, searched and filtered. Without this script the page is a document.
(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const by = id => document.getElementById(id);
  const map = by("map");
  const tables = new Map(data.tables.map(table => [table.id, table]));
  const groups = new Map();
  for (const group of map.querySelectorAll("[data-id]")) {
    const id = group.dataset.id;
    groups.set(id, [...(groups.get(id) || []), group]);
  }
  const of = id => groups.get(id) || [];
  const index = name => {
    const all = new Map();
    for (const one of document.querySelectorAll(`[data-${name}]`)) {
      const id = one.dataset[name];
      all.set(id, [...(all.get(id) || []), one]);
    }
    return id => all.get(String(id)) || [];
  };
  const texts = index("t");
  const tasks = index("h");
  const say = text => { by("said").textContent = text; };
  root.classList.add("js");

  // --- what is seen of the map
  const box = map.viewBox.baseVal;
  const whole = { x: box.x, y: box.y, w: box.width, h: box.height };
  let view = { ...whole };
  const show = next => {
    const w = Math.min(Math.max(next.w, whole.w / 200), whole.w * 4);
    const h = w * whole.h / whole.w;
    view = { x: next.x, y: next.y, w, h };
    map.setAttribute("viewBox", `${view.x} ${view.y} ${w} ${h}`);
  };
  const place = event => new DOMPoint(event.clientX, event.clientY).matrixTransform(map.getScreenCTM().inverse());
  const zoom = (factor, at) => {
    const middle = at || { x: view.x + view.w / 2, y: view.y + view.h / 2 };
    const w = Math.min(Math.max(view.w / factor, whole.w / 200), whole.w * 4);
    const scale = w / view.w;
    show({ x: middle.x - (middle.x - view.x) * scale, y: middle.y - (middle.y - view.y) * scale, w });
  };
  const pan = (x, y) => show({ x: view.x + x * view.w, y: view.y + y * view.h, w: view.w });
  const onto = area => {
    const shape = map.getBoundingClientRect();
    const ratio = shape.width / Math.max(shape.height, 1);
    const w = Math.max(area.width, area.height * ratio, whole.w / 60) * 1.15;
    const h = w * whole.h / whole.w;
    show({ x: area.x + area.width / 2 - w / 2, y: area.y + area.height / 2 - h / 2, w });
  };

  // --- the path from the root
  const dark = () => {
    map.classList.remove("light");
    for (const lit of map.querySelectorAll(".lit,.near")) lit.classList.remove("lit", "near");
  };
  const light = id => {
    dark();
    const table = tables.get(id);
    if (!table) return;
    map.classList.add("light");
    const mark = (ids, name) => ids.flatMap(of).forEach(group => group.classList.add(name));
    mark(table.near, "near");
    mark([id, ...table.path], "lit");
  };
  const find = id => {
    const group = of(id)[0];
    if (!group) return;
    by("part-map").scrollIntoView();
    const area = group.getBBox();
    onto({ x: area.x - area.width, y: area.y - area.height, width: area.width * 3, height: area.height * 3 });
    light(id);
    group.focus({ preventScroll: true });
  };
  const open = id => {
    const [section] = texts(id);
    if (section) location.hash = section.id;
  };

  // --- the mouse, fingers
  const down = new Map();
  let moved = false;
  map.addEventListener("pointerdown", event => {
    if (event.button > 0) return;
    if (!down.size) moved = false;
    down.set(event.pointerId, event);
  });
  map.addEventListener("pointermove", event => {
    const before = down.get(event.pointerId);
    if (!before) return;
    if (!moved && Math.hypot(event.clientX - before.clientX, event.clientY - before.clientY) < 5) return;
    if (!moved) {
      moved = true;
      map.setPointerCapture(event.pointerId);
      map.classList.add("drag");
    }
    const [one, other] = [place(before), place(event)];
    if (down.size === 2) {
      const [, still] = [...down].find(([id]) => id !== event.pointerId);
      const far = to => Math.hypot(to.clientX - still.clientX, to.clientY - still.clientY);
      zoom(far(event) / Math.max(far(before), 1), place(still));
    } else {
      show({ x: view.x - other.x + one.x, y: view.y - other.y + one.y, w: view.w });
    }
    down.set(event.pointerId, event);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    map.addEventListener(name, event => {
      down.delete(event.pointerId);
      map.classList.remove("drag");
    });
  }
  map.addEventListener("wheel", event => {
    // A wheel scrolls the page until the map was chosen.
    if (!event.ctrlKey && !event.metaKey && !map.contains(document.activeElement)) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 400), place(event));
  }, { passive: false });
  const above = event => event.target.closest("[data-id]");
  const tableOf = event => event.target.closest(".g-table");
  map.addEventListener("pointerover", event => {
    const table = tableOf(event);
    if (table && !down.size) light(table.dataset.id);
  });
  map.addEventListener("pointerout", event => {
    const into = event.relatedTarget && event.relatedTarget.closest && event.relatedTarget.closest(".g-table");
    if (!into) dark();
  });
  map.addEventListener("click", event => {
    const group = above(event);
    if (!group || moved) return;
    const id = group.dataset.id;
    if (id[0] === "h") location.hash = `hazard-${id.slice(1)}`;
    else if (id[0] === "p" && data.panels[id]) onto(data.panels[id]);
    else if (tableOf(event)) open(tableOf(event).dataset.id);
  });

  // --- the keys
  map.tabIndex = 0;
  map.setAttribute("role", "group");
  for (const [id, table] of tables) {
    for (const group of of(id)) {
      group.tabIndex = 0;
      group.setAttribute("role", "link");
      group.setAttribute("aria-label", `${table.name}, ${table.class} table`);
      group.addEventListener("focus", () => light(id));
      group.addEventListener("blur", dark);
    }
  }
  const keys = {
    "+": () => zoom(1.3), "=": () => zoom(1.3), "-": () => zoom(1 / 1.3), "0": () => show(whole),
    ArrowLeft: () => pan(-.15, 0), ArrowRight: () => pan(.15, 0), ArrowUp: () => pan(0, -.15), ArrowDown: () => pan(0, .15),
  };
  map.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" && event.target.dataset.id) open(event.target.dataset.id);
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  document.addEventListener("keydown", event => {
    if (event.key !== "/" || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    event.preventDefault();
    by("search").focus();
  });
  by("in").addEventListener("click", () => zoom(1.3));
  by("less").addEventListener("click", () => zoom(1 / 1.3));
  by("fit").addEventListener("click", () => show(whole));

  // --- search
  const search = by("search");
  const found = by("found");
  let chosen = 0;
  const list = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const hits = words.length ? data.tables.filter(table => words.every(word => table.name.toLowerCase().includes(word))) : [];
    hits.sort((one, other) => one.name.length - other.name.length);
    chosen = 0;
    found.replaceChildren(...hits.slice(0, 12).map((table, at) => {
      const item = document.createElement("li");
      item.id = `hit-${at}`;
      item.setAttribute("role", "option");
      item.textContent = table.name;
      item.dataset.to = table.id;
      return item;
    }));
    choose(0);
    say(words.length ? `${hits.length} found` : "");
  };
  const choose = at => {
    const items = [...found.children];
    chosen = Math.min(Math.max(at, 0), Math.max(items.length - 1, 0));
    items.forEach((item, n) => item.setAttribute("aria-selected", String(n === chosen)));
    search.setAttribute("aria-expanded", String(items.length > 0));
    search.setAttribute("aria-activedescendant", items.length ? `hit-${chosen}` : "");
  };
  const leave = () => { found.replaceChildren(); choose(0); };
  const take = item => {
    if (!item) return;
    leave();
    find(item.dataset.to);
  };
  search.addEventListener("input", list);
  search.addEventListener("keydown", event => {
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen - 1);
    else if (event.key === "Enter") take(found.children[chosen]);
    else if (event.key === "Escape") { search.value = ""; leave(); dark(); }
    else return;
    event.preventDefault();
  });
  search.addEventListener("blur", () => setTimeout(leave, 200));
  found.addEventListener("pointerdown", event => { event.preventDefault(); take(event.target.closest("li")); });
  document.addEventListener("click", event => {
    const link = event.target.closest("[data-find]");
    if (!link) return;
    event.preventDefault();
    find(link.dataset.find);
  });

  // --- filters
  const chosenOf = id => by(id).value;
  const filter = () => {
    const classes = new Set([...document.querySelectorAll("[data-class]")].filter(one => one.checked).map(one => one.dataset.class));
    const [rule, severity, layer] = [chosenOf("rule"), chosenOf("severity"), chosenOf("layer")];
    const hazards = new Set(data.hazards.filter(one => (!rule || one.rule === rule) && (!severity || one.severity === severity)).map(one => one.number));
    const fits = table => classes.has(table.class) && (layer === "" || String(table.order) === layer)
      && (!(rule || severity) || table.hazards.some(number => hazards.has(number)));
    const shown = new Set(data.tables.filter(fits).map(table => table.id));
    const set = (ids, name, on) => ids.forEach(one => one.classList.toggle(name, on));
    for (const id of tables.keys()) {
      set(of(id), "off", !shown.has(id));
      set(texts(id), "out", !shown.has(id));
    }
    for (const relation of data.relations) set(of(relation.id), "off", !(shown.has(relation.child) && shown.has(relation.parent)));
    for (const one of data.hazards) {
      const out = !(hazards.has(one.number) && shown.has(one.table));
      set(of(`h${one.number}`), "off", out);
      set(tasks(one.number), "out", out);
    }
    const all = data.tables.length;
    say(shown.size === all && hazards.size === data.hazards.length ? "" : `${shown.size} of ${all} tables`);
  };
  for (const control of document.querySelectorAll("[data-class],#rule,#severity,#layer")) control.addEventListener("change", filter);
  filter();

  // --- themes, paper
  const system = matchMedia("(prefers-color-scheme:dark)");
  by("theme").addEventListener("click", () => {
    const now = root.dataset.theme || (system.matches ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
    by("theme").setAttribute("aria-pressed", String(root.dataset.theme === "dark"));
  });
  let kept = null;
  addEventListener("beforeprint", () => { kept = view; dark(); show(whole); });
  addEventListener("afterprint", () => { if (kept) show(kept); kept = null; });
})();
