/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Draws what each scheduler does with the same load as one SVG on the standard output: two CPUs; three
 * domains with weights 128, 256 and 512 (where there are weights) and two hogs each; and one vCPU that wakes
 * often. Left: who runs where for a fifth of a second. Right: each domain's share since the beginning,
 * against what its weight says.
 */
#include "simulator.h"
#include <stdio.h>
#include <stdlib.h>

#define NR_DOMAINS 4
#define STRIP      MILLISECONDS(200) /* what the left side shows, from START on */
#define START      MILLISECONDS(1000)
#define DURATION   SECONDS(3)
#define STEPS      150

static const char *const colours[NR_DOMAINS] = {"#3b6fb6", "#e08a1e", "#3f9b57", "#c23b4b"};
static const char *const names[NR_DOMAINS] = {"weight 128", "weight 256", "weight 512", "wakes every 4 ms"};
static const struct scheduler *const policies[] = {&scheduler_credit2, &scheduler_credit, &scheduler_bvt,
                                                   &scheduler_sedf, &scheduler_round_robin};

enum { LEFT = 40, STRIP_WIDTH = 620, CHART = 720, CHART_WIDTH = 300, ROW = 170, TOP = 90, BAR = 26, CHART_HEIGHT = 110 };

struct picture {
    struct simulation *sim;
    int y;
};

static double strip_x(s_time_t t)
{
    return LEFT + (double)(t - START) * STRIP_WIDTH / (double)STRIP;
}

/* A stretch of running, as a bar. */
static void bar(void *data, unsigned int cpu, const struct task *t, s_time_t from, s_time_t to)
{
    const struct picture *p = data;

    from = max(from, START);
    to = min(to, START + STRIP);
    if (from >= to)
        return;
    printf("<rect x='%.2f' y='%d' width='%.2f' height='%d' fill='%s'/>\n", strip_x(from),
           p->y + (int)cpu * (BAR + 14), max(strip_x(to) - strip_x(from), 0.3), BAR,
           colours[t->v.domain->id]);
}

static void axis(int y)
{
    for (int ms = 0; ms <= 200; ms += 50)
        printf("<text x='%.1f' y='%d' class='small' text-anchor='middle'>%d ms</text>\n",
               strip_x(START + MILLISECONDS(ms)), y, ms);
}

static void chart_frame(int y)
{
    printf("<rect x='%d' y='%d' width='%d' height='%d' fill='none' stroke='#999'/>\n", CHART, y, CHART_WIDTH,
           CHART_HEIGHT);
    for (int percent = 0; percent <= 60; percent += 20)
        printf("<text x='%d' y='%d' class='small' text-anchor='end'>%d %%</text>\n", CHART - 5,
               y + CHART_HEIGHT - percent * CHART_HEIGHT / 60 + 4, percent);
}

/* Where a share of the two CPUs lies. */
static double chart_y(int y, double share)
{
    return y + CHART_HEIGHT - share * CHART_HEIGHT / 0.6;
}

static unsigned long switches_of(struct domain *const *d)
{
    unsigned long sum = 0;

    for (unsigned int i = 0; i < NR_DOMAINS; i++)
        for (unsigned int k = 0; k < d[i]->max_vcpus; k++)
            sum += d[i]->vcpu[k] ? ((const struct task *)d[i]->vcpu[k])->nr_switches : 0;
    return sum;
}

static void draw_policy(const struct scheduler *policy, int y)
{
    const bool weights = policy->domain_parameters && policy != &scheduler_sedf;
    struct simulation *sim = simulation_create(policy, 2);
    struct picture picture = {sim, y};
    struct domain *d[NR_DOMAINS];
    double share[NR_DOMAINS][STEPS];
    struct task *often;

    printf("<text x='%d' y='%d' class='name'>%s</text>\n", LEFT, y - 8, policy->name);
    simulation_watch(sim, bar, &picture);
    for (unsigned int i = 0; i < NR_DOMAINS; i++) {
        d[i] = simulation_domain(sim, 2, weights && i < 3 ? 128u << i : 0, 0);
        for (unsigned int k = 0; i < 3 && k < 2; k++)
            simulation_any(sim, d[i], (struct habit){0});
    }
    often = simulation_any(
        sim, d[3], (struct habit){.run_ns = MICROSECONDS(300), .sleep_ns = MILLISECONDS(4), .random = true});
    for (unsigned int step = 0; step < STEPS; step++) {
        simulation_run(sim, DURATION / STEPS);
        for (unsigned int i = 0; i < NR_DOMAINS; i++)
            share[i][step] = (double)simulation_domain_ran(d[i]) / (2.0 * (double)simulation_now(sim));
    }
    axis(y + 2 * BAR + 32);
    chart_frame(y);
    for (unsigned int i = 0; i < NR_DOMAINS; i++) {
        double rest = 1 - share[NR_DOMAINS - 1][STEPS - 1], fair = weights ? rest * (1 << i) / 7 : rest / 3;

        if (i < 3)
            printf("<line x1='%d' x2='%d' y1='%.1f' y2='%.1f' stroke='%s' stroke-dasharray='3 3'/>\n", CHART,
                   CHART + CHART_WIDTH, chart_y(y, fair), chart_y(y, fair), colours[i]);
        printf("<polyline fill='none' stroke='%s' stroke-width='1.5' points='", colours[i]);
        for (unsigned int step = 0; step < STEPS; step++)
            printf("%.1f,%.1f ", CHART + (step + 1.0) * CHART_WIDTH / STEPS,
                   chart_y(y, min(share[i][step], 0.6)));
        printf("'/>\n");
    }
    printf("<text x='%d' y='%d' class='small'>waking up takes %.2f ms on average, %.2f ms at most; %lu "
           "switches a second</text>\n",
           LEFT, y + 2 * BAR + 52, (double)often->latency_ns / (double)often->nr_wakes / 1e6,
           (double)often->latency_longest_ns / 1e6, switches_of(d) / (unsigned long)(DURATION / SECONDS(1)));
    simulation_destroy(sim);
}

int main(void)
{
    const int height = TOP + (int)ARRAY_SIZE(policies) * ROW;

    printf("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1060 %d' width='1060' height='%d'>\n",
           height, height);
    printf("<style>text{font-family:sans-serif;font-size:13px}.small{font-size:11px;fill:#555}.name{font-"
           "weight:bold}.title{font-size:17px}</style>\n");
    printf("<rect width='100%%' height='100%%' fill='white'/>\n");
    printf("<text x='%d' y='28' class='title'>Two CPUs, three domains with two hogs each, and one that wakes "
           "often</text>\n",
           LEFT);
    for (unsigned int i = 0; i < NR_DOMAINS; i++)
        printf("<rect x='%d' y='42' width='14' height='14' fill='%s'/><text x='%d' y='54'>%s</text>\n",
               LEFT + (int)i * 150, colours[i], LEFT + (int)i * 150 + 20, names[i]);
    printf("<text x='%d' y='54'>share of both CPUs in 3 s; dashed: by weight</text>\n", CHART);
    for (unsigned int i = 0; i < ARRAY_SIZE(policies); i++)
        draw_policy(policies[i], TOP + (int)i * ROW);
    printf("</svg>\n");
    return 0;
}
