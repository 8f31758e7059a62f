// Names for whoever listens: Bokeh gives its handles, inputs and canvases none.
const name_all = (left) => {
  let missing = 0
  for (const root of Object.values(Bokeh.index)) {
    const walk = (view) => {
      for (const tag of view.model.tags ?? []) {
        if (typeof tag !== "string") continue
        const [kind, ...rest] = tag.split(":")
        const label = rest.join(":")
        if (kind === "aria") {
          const inner = view.shadow_el.querySelector(".noUi-handle, input")
          if (inner === null) missing += 1
          else inner.setAttribute("aria-label", label)
        } else if (kind === "figure") {
          view.el.setAttribute("role", "img")
          view.el.setAttribute("aria-label", label)
        }
      }
      for (const child of view.child_views ?? []) walk(child)
    }
    walk(root)
  }
  if (missing > 0 && left > 0) setTimeout(() => name_all(left - 1), 100)
}
name_all(50)
