// For pages of forms: copy buttons, and a question before what cannot be undone.
import { watchCopyButtons } from "./copy.js";

watchCopyButtons();
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
});
