// What scrolls sideways, such as a wide table on a phone, can be reached by the keyboard.
addEventListener("load", () => {
  for (const box of document.querySelectorAll(".highlight pre, .table-wrapper")) {
    new ResizeObserver(() => {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }).observe(box);
  }
});
