// Moments in the viewer's own zone; the server writes UTC.
export function clock(when) {
  const moment = new Date(when);
  return `${moment.toLocaleDateString("sv-SE")} ${moment.toLocaleTimeString("sv-SE")}`;
}

export function localTimes(root) {
  for (const time of root.querySelectorAll("time")) {
    time.title = `${time.dateTime} (UTC)`;
    time.textContent = clock(time.dateTime);
  }
}

// <input type="datetime-local"> shows and gives local time; the server gets and gives UTC.
export function localInputs(form) {
  for (const input of form.querySelectorAll("input[data-utc]")) {
    const moment = new Date(input.dataset.utc);
    if (!input.dataset.utc || Number.isNaN(moment.getTime())) continue;
    moment.setMinutes(moment.getMinutes() - moment.getTimezoneOffset());
    input.value = moment.toISOString().slice(0, 19);
  }
  form.addEventListener("formdata", (event) => {
    for (const input of form.querySelectorAll("input[data-utc]")) {
      const moment = new Date(input.value);
      event.formData.set(input.name, Number.isNaN(moment.getTime()) ? "" : moment.toISOString());
    }
  });
}
