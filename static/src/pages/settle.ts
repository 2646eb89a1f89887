// Settling what people labelled apart: a number chooses at this place and goes to the next, Enter sends.
const form = document.querySelector<HTMLFormElement>("#settle");
const places = [...document.querySelectorAll<HTMLFieldSetElement>(".settle-place")];

const radios = (place: HTMLFieldSetElement | undefined): HTMLInputElement[] => [
  ...(place?.querySelectorAll<HTMLInputElement>("input[type=radio]") ?? []),
];
/** The chosen one of a place, or its first: where the keyboard stands. */
const stand = (place: HTMLFieldSetElement | undefined): void => {
  const all = radios(place);
  (all.find((one) => one.checked) ?? all[0])?.focus();
};

document.addEventListener("keydown", (event) => {
  if (!form || event.ctrlKey || event.metaKey || event.altKey) return;
  const at = Math.max(
    0,
    places.findIndex((place) => place.contains(document.activeElement)),
  );
  const choice = radios(places[at])[Number(event.key) - 1];
  if (event.key >= "1" && event.key <= "9" && choice) {
    event.preventDefault();
    choice.checked = true;
    if (places[at + 1]) stand(places[at + 1]);
    else form.querySelector<HTMLButtonElement>("button[name=do]")?.focus();
  }
  if (event.key === "Enter" && !(document.activeElement instanceof HTMLButtonElement)) {
    event.preventDefault();
    form.requestSubmit(form.querySelector<HTMLButtonElement>("button[name=do]"));
  }
});
stand(places[0]);
