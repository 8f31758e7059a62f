const text = yaml.data.text[0]
const tell = (words) => { told.text = `<p class="told">${words}</p>` }
const by_selection = () => {
  const area = document.createElement("textarea")
  area.value = text
  document.body.append(area)
  area.select()
  const copied = document.execCommand("copy")
  area.remove()
  tell(copied ? "copied; save it as point.yaml for zprimefit eval --at point.yaml" : "the browser refuses its clipboard")
}
if (navigator.clipboard === undefined) {
  by_selection()
} else {
  navigator.clipboard.writeText(text).then(
    () => tell("copied; save it as point.yaml for zprimefit eval --at point.yaml"), by_selection)
}
