import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ends conversations in every way, a thousand times each, and checks that an answer is always that
 * of its question, that nobody waits longer than is promised, and that nothing is left behind.
 *
 * <p>Most processes here are cat, which answers a question with the question and starts quickly.
 * The first argument is a Python that has zcpolicy; the others are names of methods below, which
 * run at the same time.
 */
public final class ClientStress {
    private static final int ROUNDS = 1000;
    private static final int CLIENTS = 50; // at once, where it is the time-outs that take long
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final String LARGE = "{\"question\":\"" + "x".repeat(1 << 18) + "\"}";
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private static String python;

    public static void main(String[] arguments) throws Exception {
        python = arguments[0];
        int files = files();
        ExecutorService pool = Executors.newCachedThreadPool();
        List<Future<Object>> done = new ArrayList<>();
        for (String name : List.of(arguments).subList(1, arguments.length)) {
            Method method = ClientStress.class.getDeclaredMethod(name);
            done.add(pool.submit(() -> method.invoke(null)));
        }
        try {
            for (Future<Object> future : done) {
                future.get();
            }
            eventually("a thread is left", () -> Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(thread -> thread.getName().startsWith("zcpolicy")));
            eventually("a process is left",
                    () -> ProcessHandle.current().descendants().count() == 0);
            eventually("a pipe is left open", () -> files() < files + 20);
            System.out.println("ok");
            System.exit(0);
        } catch (Throwable e) {
            e.printStackTrace();
            System.exit(1);
        }
    }

    private static int files() {
        String[] open = new File("/proc/self/fd").list();
        return open == null ? 0 : open.length;
    }

    static void interruptOne() throws Exception {
        interrupt(1);
    }

    static void interruptMany() throws Exception {
        interrupt(8);
    }

    static void killOne() throws Exception {
        kill(1);
    }

    static void killMany() throws Exception {
        kill(8);
    }

    /** Threads are interrupted at any moment, some before they ask. */
    private static void interrupt(int threads) throws Exception {
        try (ZcpolicyClient client = new ZcpolicyClient(LONG, "cat");
                Questioners asking = new Questioners(client, threads)) {
            while (asking.interrupted.get() < ROUNDS || asking.answered.get() < ROUNDS) {
                pause();
                asking.threads.get(random(threads)).interrupt();
                asking.check();
            }
            expect(asking.failed.get() == 0, "an interrupt is no failure of others");
        }
    }

    /** The process is killed at any moment. */
    private static void kill(int threads) throws Exception {
        try (ZcpolicyClient client = new ZcpolicyClient(LONG, "cat");
                Questioners asking = new Questioners(client, threads)) {
            for (int killed = 0; killed < ROUNDS || asking.answered.get() < ROUNDS; ) {
                pause();
                killed += killed(client) ? 1 : 0;
                asking.check();
            }
            expect(asking.interrupted.get() == 0, "nobody is interrupted");
        }
    }

    /** Futures are cancelled at any moment; the others have their answers. */
    static void cancel() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(8);
        try (ZcpolicyClient client = new ZcpolicyClient(LONG, "cat")) {
            List<Future<Void>> kept = new ArrayList<>();
            for (int cancelled = 0; cancelled < ROUNDS; ) {
                Future<Void> future = pool.submit(() -> ask(client, question()));
                kept.add(pool.submit(() -> ask(client, question())));
                TimeUnit.MICROSECONDS.sleep(random(300));
                cancelled += future.cancel(true) ? 1 : 0;
                Future<Void> later = pool.submit(() -> ask(client, question()));
                later.cancel(true);
            }
            for (Future<Void> future : kept) {
                future.get();
            }
        } finally {
            pool.shutdownNow();
        }
    }

    /** A process that is stopped is given up in time for all who wait for it. */
    static void stop() throws Exception {
        InTime asking = new InTime();
        try (Signals signals = new Signals()) {
            together(CLIENTS, () -> {
                Thread.sleep(random(1000));
                try (ZcpolicyClient client = new ZcpolicyClient(Duration.ofSeconds(3), "cat")) {
                    for (int i = 0; i < 6; i++) {
                        ask(client, question());
                        signals.stop(client.pid());
                        together(3, () -> asking.ask(client));
                    }
                }
                return null;
            });
        }
        asking.check();
    }

    /** A question that hangs each process costs its own asker alone. */
    static void poison() throws Exception {
        String server = "while read -r line; do case $line in *hang*) sleep 60;; esac;"
                + " printf '%s\\n' \"$line\"; done";
        InTime asking = new InTime();
        together(CLIENTS / 2, () -> {
            try (ZcpolicyClient client =
                    new ZcpolicyClient(Duration.ofSeconds(3), "sh", "-c", server)) {
                for (int i = 0; i < 3; i++) {
                    FutureTask<Boolean> hangs =
                            new FutureTask<>(() -> late(client, "{\"hang\":0}"));
                    new Thread(hangs).start();
                    Thread.sleep(100);
                    together(3, () -> asking.ask(client));
                    expect(hangs.get(), "what hangs has no answer");
                }
            }
            return null;
        });
        asking.check();
    }

    /** A question that does not fit into the pipe, to a process that does not read. */
    static void overflow() throws Exception {
        together(CLIENTS, () -> {
            try (ZcpolicyClient client =
                    new ZcpolicyClient(Duration.ofSeconds(2), "sleep", "60")) {
                for (int i = 0; i < 5; i++) { // each is asked twice
                    Thread asker = new Thread(() -> expect(late(client, LARGE), "nobody reads"));
                    asker.start();
                    Thread.sleep(random(300));
                    long start = System.nanoTime();
                    client.pid();
                    expect(seconds(start) < 0.5, "pid() waits");
                    asker.join();
                }
            }
            return null;
        });
    }

    /** What a script has started ends with it, even if it has the pipes and is stopped. */
    static void script() throws Exception {
        List<ProcessHandle> started = new ArrayList<>();
        try (Signals signals = new Signals()) {
            for (int i = 0; i < 10; i++) {
                try (ZcpolicyClient client =
                        new ZcpolicyClient(Duration.ofMillis(400), "sh", "-c", "cat; :")) {
                    ask(client, question());
                    ProcessHandle child = ProcessHandle.of(client.pid()).orElseThrow()
                            .children().findFirst().orElseThrow();
                    started.add(child);
                    signals.stop(child.pid());
                    late(client, LARGE);
                }
            }
        }
        eventually("a child is left", () -> started.stream().noneMatch(ProcessHandle::isAlive));
    }

    /** Closing ends every question at once, be it in flight, waiting, or starting the process. */
    static void close() throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            ZcpolicyClient client = new ZcpolicyClient(LONG, "sleep", "60");
            int threads = 1 + i % 3;
            ExecutorService pool = Executors.newFixedThreadPool(threads);
            List<Future<Boolean>> refused = new ArrayList<>();
            for (int j = 0; j < threads; j++) {
                refused.add(pool.submit(() -> fails(client, LARGE)));
            }
            pause();
            long start = System.nanoTime();
            client.close();
            for (Future<Boolean> future : refused) {
                expect(future.get(), "an answer of a process that gives none");
            }
            expect(seconds(start) < 5, "close() or a question waits");
            expect(client.pid() == -1, "a process after close()");
            expect(fails(client, question()), "an answer after close()");
            client.close();
            pool.shutdown();
        }
    }

    /** What is not exactly one whole line of an answer is no answer. */
    static void noise() throws Exception {
        String[] servers = {
            "read -r line; printf %s \"$line\"", // it ends in the middle of a line
            "echo noise; exec cat",
            "read -r line; echo; exec sleep 60",
            "read -r line; printf '%s\\n%s\\n' \"$line\" \"$line\"; exec sleep 60",
            "exit 1",
            "exec no-such-program 2>/dev/null",
        };
        for (String server : servers) {
            try (ZcpolicyClient client = new ZcpolicyClient(LONG, "sh", "-c", server)) {
                for (int i = 0; i < 50; i++) {
                    expect(fails(client, question()), server);
                }
            }
        }
        String unasked = "read -r line; echo \"$line\"; sleep 0.05; echo {}; exec sleep 60";
        try (ZcpolicyClient client = new ZcpolicyClient(LONG, "sh", "-c", unasked)) {
            for (int i = 0; i < 10; i++) {
                ask(client, question());
                Thread.sleep(300);
            }
        }
        try (ZcpolicyClient client = new ZcpolicyClient(LONG, "/no/such/program")) {
            expect(fails(client, question()), "a program that is not there");
        }
    }

    /** zcpolicy takes a question for one line exactly if the client does. */
    static void lines() throws Exception {
        try (ZcpolicyClient client = zcpolicy()) {
            for (int c = 0; c < 0x3000; c = c < 0x180 ? c + 1 : c < 0x2000 ? 0x2000 : c + 1) {
                String text = "{\"vm\":{\"vcpus\":\"" + (char) c + "\"}}";
                if (c == '\n' || c == '\r') {
                    refused(client, text);
                    refused(client, text + (char) c);
                } else {
                    String answer = client.resolve(text);
                    expect(answer.startsWith("{\"error\":"), answer);
                    real(client, c + 1);
                }
            }
            long pid = client.pid();
            refused(client, "{\"vm\":{\"vcpus\":\"\ud800\"}}"); // UTF-8 has no bytes for it
            for (String text : List.of("", " ", "\t", "\0", "\ufeff{}", "x", "[".repeat(100000))) {
                expect(client.resolve(text).startsWith("{\"error\":"), text);
            }
            expect(client.resolve("{\"vm\":{\"vcpus\":\"\ud83d\ude80\"}}").contains("\\ud83d\\ude80"),
                    "UTF-8");
            real(client, 1);
            expect(client.pid() == pid, "one process for all of it");
        }
    }

    /** The real zcpolicy, with all that happens to it at once. */
    static void real() throws Exception {
        try (ZcpolicyClient client = zcpolicy();
                Signals signals = new Signals();
                Questioners asking = new Questioners(4, () -> {
                    int number = NUMBERS.incrementAndGet();
                    real(client, number);
                    return null;
                })) {
            for (int i = 0; i < 25; i++) {
                int before = asking.answered.get();
                while (asking.answered.get() < before + 10) {
                    Thread.sleep(1);
                    asking.check();
                }
                asking.threads.get(random(4)).interrupt();
                Thread.sleep(random(100));
                killed(client);
            }
            signals.stop(client.pid());
            int before = asking.answered.get();
            eventually("no answers any more", () -> asking.answered.get() > before + 100);
            asking.check();
        }
    }

    private static ZcpolicyClient zcpolicy() {
        return new ZcpolicyClient(LONG, python, "-m", "zcpolicy", "resolve", "--jsonl");
    }

    /** Asks what only the answer to this question holds, be it a decision or an error. */
    private static void real(ZcpolicyClient client, int number) throws Exception {
        String good = client.resolve("{\"vm\":{\"downtime\":" + number + "}}");
        expect(good.contains("\"downtime\":" + number + ","), number + ": " + good);
        String bad = client.resolve("{\"vm\":{\"vcpus\":-" + number + "}}");
        expect(bad.startsWith("{\"error\":") && bad.contains("\"value\":-" + number + ","), bad);
    }

    private static String question() {
        return "{\"question\":" + NUMBERS.incrementAndGet() + "}";
    }

    private static Void ask(ZcpolicyClient client, String question) throws Exception {
        String answer = client.resolve(question);
        expect(answer.equals(question), "asked " + question + ", answered " + answer);
        return null;
    }

    private static void refused(ZcpolicyClient client, String question) throws Exception {
        try {
            client.resolve(question);
        } catch (IllegalArgumentException e) {
            return;
        }
        throw new AssertionError("not refused: " + question);
    }

    private static boolean fails(ZcpolicyClient client, String question) throws Exception {
        try {
            client.resolve(question);
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    /** Whether a question has no answer in time, nor much later. */
    private static boolean late(ZcpolicyClient client, String question) {
        long start = System.nanoTime();
        try {
            client.resolve(question);
            return false;
        } catch (TimeoutException e) {
            return seconds(start) < 5;
        } catch (IOException | InterruptedException e) {
            return false;
        }
    }

    private static boolean killed(ZcpolicyClient client) {
        return ProcessHandle.of(client.pid()).map(ProcessHandle::destroyForcibly).orElse(false);
    }

    /** Does something in many threads at once and throws what the first of them throws. */
    private static void together(int threads, Callable<Void> what) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Future<Void>> done = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                done.add(pool.submit(what));
            }
            for (Future<Void> future : done) {
                future.get();
            }
        } finally {
            pool.shutdownNow();
        }
    }

    private static void eventually(String otherwise, Callable<Boolean> holds) throws Exception {
        long start = System.nanoTime();
        while (!holds.call()) {
            expect(seconds(start) < 30, otherwise);
            Thread.sleep(10);
        }
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private static int random(int below) {
        return ThreadLocalRandom.current().nextInt(below);
    }

    /** From nothing to about what cat takes to start. */
    private static void pause() throws InterruptedException {
        TimeUnit.MICROSECONDS.sleep(random(3000));
    }

    private static void expect(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError(what);
        }
    }

    /** Threads that ask without end; the first wrong answer is remembered. */
    private static final class Questioners implements AutoCloseable {
        final List<Thread> threads = new ArrayList<>();
        final AtomicInteger answered = new AtomicInteger();
        final AtomicInteger interrupted = new AtomicInteger();
        final AtomicInteger failed = new AtomicInteger();
        private volatile Throwable wrong;
        private volatile boolean enough;

        Questioners(ZcpolicyClient client, int count) {
            this(count, () -> ask(client, question()));
        }

        Questioners(int count, Callable<Void> question) {
            for (int i = 0; i < count; i++) {
                Thread thread = new Thread(() -> run(question));
                threads.add(thread);
                thread.start();
            }
        }

        private void run(Callable<Void> question) {
            while (!enough) {
                try {
                    question.call();
                    answered.incrementAndGet();
                } catch (InterruptedException e) {
                    interrupted.incrementAndGet();
                } catch (IOException e) {
                    failed.incrementAndGet(); // it was killed twice
                } catch (Throwable e) {
                    wrong = e;
                }
            }
        }

        void check() {
            if (wrong != null) {
                throw new AssertionError(wrong);
            }
        }

        @Override
        public void close() {
            enough = true;
            for (Thread thread : threads) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
            check();
        }
    }

    /** Counts the questions that have an answer in time, and those that have not. */
    private static final class InTime {
        private final AtomicInteger answered = new AtomicInteger();
        private final AtomicInteger late = new AtomicInteger();

        Void ask(ZcpolicyClient client) throws Exception {
            try {
                ClientStress.ask(client, question());
                answered.incrementAndGet();
            } catch (TimeoutException e) {
                late.incrementAndGet();
            }
            return null;
        }

        /** A busy machine may make a few late; a client that waits in vain makes most so. */
        void check() {
            expect(answered.get() > 10 * late.get(), answered + " answered, " + late + " late");
        }
    }

    /** A shell that sends signals, which is quicker than a process for each. */
    private static final class Signals implements AutoCloseable {
        private final Process shell;
        private final OutputStream commands;
        private final BufferedReader done;

        Signals() throws IOException {
            shell = new ProcessBuilder("sh").redirectError(ProcessBuilder.Redirect.DISCARD).start();
            commands = shell.getOutputStream();
            done = new BufferedReader(new InputStreamReader(shell.getInputStream()));
        }

        synchronized void stop(long pid) throws IOException {
            expect(pid > 0, "there is no process");
            commands.write(("kill -STOP " + pid + "; echo\n").getBytes(StandardCharsets.UTF_8));
            commands.flush();
            done.readLine();
        }

        @Override
        public void close() {
            shell.destroyForcibly();
        }
    }
}
