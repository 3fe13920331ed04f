/* Tells the server the browser's time zone: pages show times in it where the profile names no other. Without this script
 * they are in UTC. The page that is open stays as it is; the next one, or the first after signing in, has local times. */
"use strict";
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!/^[\w+/-]{1,64}$/.test(zone || "") || document.cookie.split("; ").includes(`rustrak_zone=${zone}`)) return;
  const path = new URL(document.currentScript.src).pathname.split("/static/")[0] || "/";
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `rustrak_zone=${zone}; Path=${path}; Max-Age=31536000; SameSite=Lax${secure}`;
})();
