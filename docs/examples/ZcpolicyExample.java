import java.time.Duration;
import java.util.concurrent.TimeoutException;

/** Decides many migrations with one process, survives its death, and measures the round trip. */
public final class ZcpolicyExample {
    private static final String SCENARIO =
            "{\"cluster\": {\"level\": \"4.8\", \"policy\": \"Very large VMs\"}, \"vm\": {\"vcpus\": 64}}";

    public static void main(String[] arguments) throws Exception {
        String python = arguments[0];
        try (ZcpolicyClient zcpolicy = new ZcpolicyClient(
                Duration.ofSeconds(30), python, "-m", "zcpolicy", "resolve", "--jsonl")) {
            String answer = zcpolicy.resolve(SCENARIO);
            expect(answer.contains("\"zerocopy\":true"), answer);
            long first = zcpolicy.pid();

            String refused = zcpolicy.resolve("{\"vm\": {\"vcpus\": 0}}");
            expect(refused.startsWith("{\"error\":"), refused);
            expect(zcpolicy.pid() == first, "a bad scenario does not end the conversation");

            ProcessHandle.of(first).orElseThrow().destroyForcibly();
            expect(zcpolicy.resolve(SCENARIO).equals(answer), "the same answer from a new process");
            expect(zcpolicy.pid() != first, "a new process");

            int rounds = Integer.parseInt(arguments[1]);
            long start = System.nanoTime();
            for (int i = 0; i < rounds; i++) {
                zcpolicy.resolve(SCENARIO);
            }
            long micros = (System.nanoTime() - start) / 1000 / rounds;
            System.out.println("round trip: " + micros + " microseconds");
        }
        try (ZcpolicyClient deaf = new ZcpolicyClient(Duration.ofMillis(200), "sleep", "60")) {
            deaf.resolve(SCENARIO);
            throw new AssertionError("a process that does not answer must time out");
        } catch (TimeoutException e) {
            System.out.println("timed out as it should");
        }
        System.out.println("ok");
    }

    private static void expect(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError(what);
        }
    }
}
