import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.flowable.common.engine.impl.history.HistoryLevel;
import org.flowable.engine.ProcessEngine;
import org.flowable.engine.delegate.DelegateExecution;
import org.flowable.engine.impl.cfg.StandaloneProcessEngineConfiguration;
import org.flowable.engine.runtime.Execution;
import org.flowable.task.api.Task;

/** The lives of bench/load.py in an embedded Flowable, one after the other in each thread. */
public final class Peer {

    /** What is asked on standard input. Cases and the certificate are JSON, kept as text. */
    record Asked(
            String url, String user, String password, int threads, double warmUp,
            double seconds, int lives, Map<String, String> cases, String certificate) {}

    /** How many lives there were, warm-up included, and what was seen after it, in seconds. */
    record Seen(int all, double seconds, Queue<Double> life, Queue<Double> act) {}

    /** What the office does by itself, called by name from the processes. */
    public record Office(String certificate) {
        public void decide(DelegateExecution life) {
            life.setVariable("granted", true);
        }

        public void certify(DelegateExecution life) {
            life.setVariable("certificate", certificate);
        }
    }

    private final ProcessEngine engine;
    private final Asked asked;
    private final String kind;
    private final Queue<Double> lives = new ConcurrentLinkedQueue<>();
    private final Queue<Double> acts = new ConcurrentLinkedQueue<>();

    private Peer(ProcessEngine engine, Asked asked, String kind) {
        this.engine = engine;
        this.asked = asked;
        this.kind = kind;
        engine.getRepositoryService().createDeployment()
                .addClasspathResource(kind + ".bpmn20.xml").deploy();
    }

    public static void main(String[] none) throws Exception {
        ObjectMapper json = new ObjectMapper();
        Asked asked = json.readValue(System.in, Asked.class);
        Map<String, Seen> seen = new LinkedHashMap<>();
        ProcessEngine engine = engine(asked);
        try {
            List<Peer> peers = asked.cases.keySet().stream()
                    .map(kind -> new Peer(engine, asked, kind)).toList();
            for (Peer each : peers) {
                each.lead(asked.warmUp);
            }
            for (Peer each : peers) {
                seen.put(each.kind, each.measure());
            }
        } finally {
            engine.close(); // or its threads would go on
        }
        System.out.println(json.writeValueAsString(seen));
    }

    /** With the history an office must keep, timers at work, and no engine beside it. */
    private static ProcessEngine engine(Asked asked) {
        var chosen = new StandaloneProcessEngineConfiguration();
        chosen.setJdbcUrl(asked.url);
        chosen.setJdbcUsername(asked.user);
        chosen.setJdbcPassword(asked.password);
        chosen.setJdbcDriver("org.postgresql.Driver");
        chosen.setJdbcMaxActiveConnections(asked.threads + 16); // it has threads of its own
        chosen.setDatabaseSchemaUpdate("true");
        chosen.setHistoryLevel(HistoryLevel.AUDIT);
        chosen.setAsyncExecutorActivate(true);
        chosen.setDisableIdmEngine(true);
        chosen.setDisableEventRegistry(true);
        chosen.setBeans(Map.of("office", new Office(asked.certificate)));
        return chosen.buildProcessEngine();
    }

    private Seen measure() throws Exception {
        int before = lives.size();
        lives.clear();
        acts.clear();
        double seconds = lead(asked.seconds);
        return new Seen(before + lives.size(), seconds, lives, acts);
    }

    /** Leads lives for so long, or so many; returns the seconds until the last has ended. */
    private double lead(double seconds) throws Exception {
        long began = System.nanoTime();
        AtomicInteger left = new AtomicInteger(asked.lives);
        ExecutorService people = Executors.newFixedThreadPool(asked.threads);
        List<Future<?>> all = new ArrayList<>();
        for (int each = 0; each < asked.threads; each++) {
            all.add(people.submit(() -> {
                while (since(began) < seconds && left.getAndDecrement() > 0) {
                    timed(lives, this::live);
                }
            }));
        }
        for (Future<?> each : all) {
            each.get();
        }
        people.shutdown();
        return since(began);
    }

    private void live() {
        String life = submit();
        switch (kind) {
            case "instant" -> timed(acts, () -> decide(life));
            case "grain" -> {
                act(life, "window", Map.of());
                act(life, "county", Map.of("opinion", "材料齐全，同意上报"));
                act(life, "city-review", Map.of("opinion", "同意"));
                act(life, "city-decide",
                        Map.of("granted", true, "opinion", "符合法定条件，准予许可"));
                act(life, "applicant", Map.of("received_by", "本人"));
            }
            default -> {} // it was over at once
        }
    }

    private String submit() {
        Map<String, Object> said = Map.of("application", asked.cases.get(kind));
        long began = System.nanoTime();
        String life = engine.getRuntimeService().startProcessInstanceByKey(kind, said).getId();
        acts.add(since(began));
        return life;
    }

    private void decide(String life) {
        Execution recorded = engine.getRuntimeService().createExecutionQuery()
                .processInstanceId(life).activityId("recorded").singleResult();
        engine.getRuntimeService().trigger(recorded.getId());
    }

    /** Somebody of this group finds the task of a case, takes it on and completes it. */
    private void act(String life, String group, Map<String, Object> said) {
        timed(acts, () -> {
            Task task = engine.getTaskService().createTaskQuery()
                    .processInstanceId(life).taskCandidateGroup(group).singleResult();
            engine.getTaskService().claim(task.getId(), group + "-officer");
            engine.getTaskService().complete(task.getId(), said);
        });
    }

    private static void timed(Queue<Double> kept, Runnable what) {
        long began = System.nanoTime();
        what.run();
        kept.add(since(began));
    }

    private static double since(long began) {
        return (System.nanoTime() - began) / 1e9;
    }
}
