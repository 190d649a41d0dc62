import { el } from "./dom.js";
import { spot } from "./focus.js";

// The ⋯ menu. The browser's own popover closes it on Escape and on a click outside, gives the focus back and lets nothing cover it; here are only its place and its keys.
let counter = 0;

export function overflow(e, block, act) {
  counter++;
  const id = `menu-${counter}`;
  const button = el(
    "button",
    {
      type: "button",
      class: "bk",
      popovertarget: id,
      "aria-haspopup": "menu",
      "aria-label": "More actions",
      "data-testid": `action-${e.action_id}`,
      "data-spot": spot(e.action_id, e.options[0]?.value),
      on: { keydown: (event) => event.key === "ArrowDown" && open(event) },
    },
    "⋯",
  );
  const choose = (option) => {
    menu.hidePopover();
    button.focus();
    const choice = { type: "overflow", selected_option: { value: option.value }, confirm: e.confirm };
    act({ block_id: block.block_id, action_id: e.action_id, ...choice }, button);
  };
  const menu = el(
    "div",
    { id, class: "choices", popover: "auto", role: "menu", "aria-label": "More actions", on: { toggle: opened, keydown: move } },
    ...e.options.map((o) =>
      el(
        "button",
        {
          type: "button",
          role: "menuitem",
          tabindex: "-1",
          "data-testid": `option-${o.value.split(" ")[0]}`,
          on: { click: () => choose(o) },
        },
        o.text.text,
      ),
    ),
  );
  const open = (event) => {
    event.preventDefault();
    menu.showPopover();
  };
  return el("span", { class: "overflow" }, button, menu);
}

function opened(event) {
  const menu = event.currentTarget;
  if (event.newState !== "open") return menu.classList.remove("placed");
  place(menu);
  menu.firstElementChild?.focus();
}

/** Beside its button: below where there is room, else above, and never past the edge. */
function place(menu) {
  const button = menu.previousElementSibling.getBoundingClientRect();
  const list = document.getElementById("messages").getBoundingClientRect();
  if (button.bottom < list.top || button.top > list.bottom) return menu.hidePopover();
  const below = button.bottom + 4;
  const fits = below + menu.offsetHeight <= list.bottom;
  const left = Math.min(button.left, window.innerWidth - menu.offsetWidth - 8);
  menu.style.left = `${Math.max(8, left)}px`;
  menu.style.top = `${fits ? below : Math.max(8, button.top - 4 - menu.offsetHeight)}px`;
  menu.classList.add("placed");
}

function move(event) {
  const menu = event.currentTarget;
  const items = [...menu.children];
  const at = items.indexOf(document.activeElement);
  const to = {
    ArrowDown: (at + 1) % items.length,
    ArrowUp: (at - 1 + items.length) % items.length,
    Home: 0,
    End: items.length - 1,
  };
  if (event.key === "Tab") menu.hidePopover();
  if (!Object.hasOwn(to, event.key)) return;
  event.preventDefault();
  items[to[event.key]]?.focus();
}

const follow = () => {
  for (const menu of document.querySelectorAll(".choices:popover-open")) place(menu);
};
document.addEventListener("scroll", follow, true);
window.addEventListener("resize", follow);
