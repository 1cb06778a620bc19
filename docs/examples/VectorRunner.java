import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Runs the vectors of {@code zcpolicy vectors}, read from standard input, against an implementation.
 *
 * <p>Here the implementation is zcpolicy itself, over its JSON lines. In Engine's suite, {@code
 * decide} builds a cluster, hosts and a VM of the scenario, runs MigrateVmCommand, and gives the
 * VM.migrate map; the JSON below is then that of Jackson.
 */
public final class VectorRunner {
    private static final List<String> KEYS =
            List.of("parameters", "blockers", "notices", "vmMigrate", "libvirt");

    public static void main(String[] arguments) throws Exception {
        int passed = 0;
        int failed = 0;
        try (ZcpolicyClient zcpolicy = new ZcpolicyClient(
                Duration.ofSeconds(30), arguments[0], "-m", "zcpolicy", "resolve", "--jsonl");
                BufferedReader lines = new BufferedReader(
                        new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Map<?, ?> vector = (Map<?, ?>) new Json(line).read();
                Map<?, ?> answer = decide(zcpolicy, vector.get("scenario"));
                boolean good = true;
                for (String key : KEYS) {
                    Object expected = vector.get(key);
                    Object got = answer.get(key);
                    if (key.equals("notices")) { // their codes, in any order
                        expected = Set.copyOf((List<?>) expected);
                        got = ((List<?>) got).stream()
                                .map(notice -> ((Map<?, ?>) notice).get("code"))
                                .collect(Collectors.toSet());
                    }
                    if (!expected.equals(got)) {
                        System.out.printf("%s: %s: expected %s, got %s%n",
                                vector.get("name"), key, expected, got);
                        good = false;
                    }
                }
                passed += good ? 1 : 0;
                failed += good ? 0 : 1;
            }
        }
        System.out.printf("%d passed, %d failed%n", passed, failed);
        System.exit(failed == 0 && passed > 0 ? 0 : 1);
    }

    private static Map<?, ?> decide(ZcpolicyClient zcpolicy, Object scenario) throws Exception {
        return (Map<?, ?>) new Json(zcpolicy.resolve(Json.write(scenario))).read();
    }

    /** As much JSON as the vectors need: the JDK has none. */
    private static final class Json {
        private final String text;
        private int at;

        Json(String text) {
            this.text = text;
        }

        Object read() {
            char c = text.charAt(at);
            if (c == '{') {
                Map<String, Object> made = new LinkedHashMap<>();
                while (next('{', '}')) {
                    String key = string();
                    at++; // the colon
                    made.put(key, read());
                }
                return made;
            }
            if (c == '[') {
                List<Object> made = new ArrayList<>();
                while (next('[', ']')) {
                    made.add(read());
                }
                return made;
            }
            if (c == '"') {
                return string();
            }
            int start = at;
            while (at < text.length() && ",]}".indexOf(text.charAt(at)) < 0) {
                at++;
            }
            String word = text.substring(start, at);
            switch (word) {
                case "true": return true;
                case "false": return false;
                case "null": return "null"; // a value of its own, so that maps can hold it
                default: return Long.valueOf(word);
            }
        }

        /** Steps over the opening bracket or a comma; false at the closing one, stepped over too. */
        private boolean next(char open, char close) {
            if (text.charAt(at) == open && text.charAt(at + 1) == close) {
                at += 2;
                return false;
            }
            return text.charAt(at++) != close;
        }

        private String string() {
            StringBuilder made = new StringBuilder();
            for (at++; text.charAt(at) != '"'; at++) {
                if (text.charAt(at) != '\\') {
                    made.append(text.charAt(at));
                } else if (text.charAt(++at) == 'u') {
                    made.append((char) Integer.parseInt(text.substring(at + 1, at + 5), 16));
                    at += 4;
                } else {
                    made.append("\"\\/bfnrt".indexOf(text.charAt(at)) < 3 ? text.charAt(at)
                            : "\b\f\n\r\t".charAt("bfnrt".indexOf(text.charAt(at))));
                }
            }
            at++;
            return made.toString();
        }

        /** The scenarios of the vectors have no character that needs an escape. */
        static String write(Object value) {
            List<String> parts = new ArrayList<>();
            if (value instanceof Map) {
                ((Map<?, ?>) value).forEach((k, v) -> parts.add("\"" + k + "\":" + write(v)));
                return "{" + String.join(",", parts) + "}";
            }
            if (value instanceof List) {
                ((List<?>) value).forEach(element -> parts.add(write(element)));
                return "[" + String.join(",", parts) + "]";
            }
            return value instanceof String && !value.equals("null") ? "\"" + value + "\""
                    : value.toString();
        }
    }
}
