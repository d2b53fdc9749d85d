// A chart drawn from the table beside it: `data-island="chart"` with <script type="application/json"> inside:
//   {"type": "bar"|"line"|"funnel"|"sankey", "labels": […], "series": [{"name", "arc", "shade": "text"|absent, "values": […], "low": […], "high": […]}],
//    "format": {"style": "currency", "currency": "EUR"}, "links": [url per label], "stay": true keeps the page where it is when one is followed, "stacked": false, "horizontal": false,
//    "flows": [[from, to, how many]] of a sankey}
import { BarChart, FunnelChart, LineChart, SankeyChart } from 'echarts/charts';
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { LabelLayout } from 'echarts/features';
import { SVGRenderer } from 'echarts/renderers';
import { locale } from '../dom.js';

echarts.use([BarChart, LineChart, FunnelChart, SankeyChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, LabelLayout, SVGRenderer]);

const ARCS = ['data', 'decisions', 'activities', 'outcome'];

function option(spec, token, width) {
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 2, useGrouping: 'always', ...spec.format });
  const whole = new Intl.NumberFormat(locale, { useGrouping: 'always', ...spec.format, maximumFractionDigits: 0 });
  const millions = new Intl.NumberFormat(locale, { ...spec.format, notation: 'compact', maximumFractionDigits: 1 });
  const short = (amount) => (Math.abs(amount) >= 1_000_000 ? millions : Number.isInteger(amount) || Math.abs(amount) >= 1_000 ? whole : number).format(amount);
  const size = 0.75 * parseFloat(token('font-size'));
  const axisText = { color: token('--text-faint'), fontFamily: token('--font'), fontSize: size };
  const colour = (series, index) => token(`--${series.arc ?? ARCS[index % ARCS.length]}${series.shade ? `-${series.shade}` : ''}`);
  const shared = {
    animationDuration: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 150,
    aria: { enabled: true },
    textStyle: { fontFamily: token('--font') },
    tooltip: {
      trigger: ['funnel', 'sankey'].includes(spec.type) ? 'item' : 'axis',
      renderMode: 'richText',
      backgroundColor: token('--raised'),
      borderColor: token('--border-strong'),
      textStyle: { color: token('--text'), fontSize: 13 },
      valueFormatter: (value) => number.format(value),
      axisPointer: { type: 'shadow', shadowStyle: { color: token('--text'), opacity: 0.04 } },
    },
  };
  if (spec.type === 'sankey') {
    // Who stays flows too: each name stands on the left (then) and, with a space, on the right (now).
    const names = [...new Set(spec.flows.flatMap(([from, to]) => [from, `${to} `]))];
    const data = names.map((name) => ({ name, itemStyle: { color: token(name.endsWith(' ') ? '--decisions' : '--data') } }));
    const links = spec.flows.map(([source, to, value]) => ({ source, target: `${to} `, value }));
    const label = { color: token('--text'), fontSize: size, formatter: ({ name }) => name.trim() };
    return { ...shared, series: [{ type: 'sankey', left: 0, right: 120, top: 8, bottom: 8, nodeGap: 12, draggable: false, data, links, label, lineStyle: { color: 'source', opacity: 0.25 }, emphasis: { focus: 'adjacency' } }] };
  }
  if (spec.type === 'funnel') {
    const [series] = spec.series;
    const data = spec.labels.map((name, index) => ({ name, value: series.values[index], itemStyle: { color: colour(series, 0), opacity: 1 - index * 0.13 } }));
    const label = { position: 'right', color: token('--text'), formatter: ({ name, value }) => `${name}  ${short(value)}` };
    return { ...shared, series: [{ type: 'funnel', left: 0, width: '60%', top: 8, bottom: 8, gap: 3, sort: 'none', data, label, labelLine: { show: false } }] };
  }
  const category = {
    type: 'category',
    data: spec.labels,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: token('--border-strong') } },
    axisLabel: { ...axisText, hideOverlap: true },
    inverse: Boolean(spec.horizontal),
    boundaryGap: spec.type === 'bar',
  };
  const value = {
    type: 'value',
    splitNumber: width < 420 ? 2 : 4,
    splitLine: { lineStyle: { color: token('--border') } },
    axisLabel: { ...axisText, hideOverlap: true, formatter: (amount) => short(amount) },
  };
  const several = spec.series.length > 1;
  // Lines that end beside each other would write their names over each other: then a legend says them.
  const ends = spec.series.map(({ values }) => values.at(-1)).sort((a, b) => a - b);
  const room = Math.max(...spec.series.flatMap(({ values }) => values)) * 0.08;
  const direct = several && spec.type === 'line' && ends.every((end, at) => !at || end - ends[at - 1] > room);
  const series = spec.series.flatMap((line, index) => {
    const color = colour(line, index);
    const drawn = {
      name: line.name,
      type: spec.type,
      data: line.values,
      color,
      stack: spec.stacked ? 'all' : undefined,
      barMaxWidth: 28,
      itemStyle: { borderRadius: spec.stacked ? 0 : spec.horizontal ? [0, 3, 3, 0] : [3, 3, 0, 0] },
      lineStyle: { width: 2 },
      symbol: 'circle',
      symbolSize: 5,
      showSymbol: line.values.length < 14,
      cursor: spec.links ? 'pointer' : 'default',
      // Direct labels rather than a legend: a line says its name at its end.
      endLabel: { show: direct, formatter: '{a}', color: token(`--${line.arc ?? ARCS[index % 4]}-text`), distance: 6 },
      label: { show: spec.type === 'bar' && !several && spec.labels.length <= (spec.horizontal ? 12 : 8), position: spec.horizontal ? 'right' : 'top', color: token('--text-soft'), fontSize: size, formatter: ({ value: amount }) => short(amount) },
      labelLayout: { hideOverlap: true },
    };
    if (!line.low) return [drawn];
    const band = (data, areaStyle) => ({ type: 'line', data, stack: `band-${index}`, symbol: 'none', lineStyle: { opacity: 0 }, areaStyle, tooltip: { show: false }, silent: true });
    return [band(line.low), band(line.high.map((high, at) => (high === null ? null : high - line.low[at])), { color, opacity: 0.16 }), drawn];
  });
  // Bars side by side have no end to write a name at.
  const legend = { show: several && !direct, data: spec.series.map(({ name }) => name), left: 0, top: 0, icon: 'roundRect', itemWidth: 10, itemHeight: 10, selectedMode: false, textStyle: { ...axisText, color: token('--text-soft') } };
  // The legend wraps; the plot begins below it.
  const rows = Math.ceil(spec.series.reduce((sum, { name }) => sum + 30 + name.length * size * 0.56, 0) / width);
  return {
    ...shared,
    legend,
    grid: { left: 4, right: direct ? 104 : spec.horizontal ? 56 : 12, top: legend.show ? 18 + 18 * rows : 24, bottom: 4, containLabel: true },
    xAxis: spec.horizontal ? value : category,
    yAxis: spec.horizontal ? category : value,
    series,
  };
}

export function mount(figure) {
  const spec = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
  const plot = figure.querySelector('.chart-plot');
  // A bar for each name wants its line.
  if (spec.horizontal) plot.style.height = `${Math.max(220, spec.labels.length * 26 + 70)}px`;
  const chart = echarts.init(plot, null, { renderer: 'svg' });
  const draw = () => {
    // Without room, as while the page is being replaced, there is nothing to draw.
    if (!plot.clientWidth || !plot.clientHeight) return;
    const style = getComputedStyle(document.documentElement);
    chart.setOption(option(spec, (name) => style.getPropertyValue(name).trim(), plot.clientWidth), { notMerge: true });
  };
  draw();
  if (spec.links) {
    chart.on('click', ({ dataIndex }) => {
      if (!spec.links[dataIndex]) return;
      window.htmx.ajax('GET', spec.links[dataIndex], { target: '#main', swap: spec.stay ? 'innerHTML' : 'innerHTML scroll:top', push: 'true' });
    });
  }
  const room = () => `${plot.clientWidth} ${plot.clientHeight}`;
  let drawn = room();
  const size = new ResizeObserver(() => {
    // It speaks up once when it begins, too: drawn again, what is still growing into place would begin anew.
    if (!plot.isConnected || room() === drawn) return;
    drawn = room();
    chart.resize();
    draw();
  });
  size.observe(plot);
  const colours = matchMedia('(prefers-color-scheme: dark)');
  document.addEventListener('preference', draw);
  colours.addEventListener('change', draw);
  return () => {
    size.disconnect();
    document.removeEventListener('preference', draw);
    colours.removeEventListener('change', draw);
    chart.dispose();
  };
}
