// node sentry.mjs: runs commands of the `sentry` command line in one process, as the build plugins do.
// stdin has a JSON list of commands, each a list of words; stdout ends in a JSON list of what each answered or refused with.
import createSentrySDK from "sentry";

let input = "";
for await (const chunk of process.stdin) input += chunk;
const sdk = createSentrySDK(JSON.parse(process.env.SDK_OPTIONS ?? "{}"));
const answers = [];
for (const words of JSON.parse(input)) {
  try {
    answers.push({ words, answer: (await sdk.run(...words)) ?? null });
  } catch (error) {
    answers.push({ words, refused: `${error.message}\n${error.stderr ?? ""}` });
  }
}
process.stdout.write("=== answers\n" + JSON.stringify(answers, null, 1));
process.exit(0);
