// Tell the server the browser's time zone, so that forms begin with the right one and times are shown in it.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `tz=${zone}; path=/; max-age=31536000; samesite=lax${secure}`;
  const field = document.querySelector("select[name=time_zone][data-guess]");
  if (field && [...field.options].some((option) => option.value === zone)) field.value = zone;
}
