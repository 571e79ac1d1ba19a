// Dashboards only: draws each [data-chart] from its json_script block. Canvas and richText keep inline styles out of the page.
(() => {
  "use strict";
  const tokens = getComputedStyle(document.documentElement);
  const colour = (name) => tokens.getPropertyValue(`--jo-${name}`).trim();
  const font = getComputedStyle(document.body).fontFamily;
  const rem = parseFloat(tokens.fontSize) / 16;
  const size = 12 * rem;
  const tones = { now: colour("chart-now"), last: colour("chart-last"), rate: colour("chart-rate"), four: colour("chart-four") };
  const order = ["now", "last", "rate", "four"];

  const categoryAxis = (data) => ({
    type: "category", data: data.categories, axisTick: { show: false },
    axisLine: { lineStyle: { color: colour("line-2") } }, axisLabel: { color: colour("ink-2"), fontSize: size },
  });
  const valueAxis = (name, grid) => ({
    type: "value", name, scale: !grid, alignTicks: !grid, splitLine: { show: grid, lineStyle: { color: colour("chart-grid") } },
    axisLabel: { color: colour("ink-3"), fontSize: size }, nameTextStyle: { color: colour("ink-3"), fontSize: size },
  });
  const seriesOf = (data, flat) => data.series.map((one, index) => {
    const tone = one.tone || order[index % order.length];
    const drawn = one.as || (data.type === "line" ? "line" : "bar");
    const bar = { barWidth: tone === "last" ? 6 : flat ? 11 : "38%", itemStyle: { color: tones[tone], borderRadius: flat ? [0, 2, 2, 0] : [2, 2, 0, 0] } };
    const line = { symbol: "circle", symbolSize: 6, lineStyle: { color: tones[tone], width: 2 }, itemStyle: { color: tones[tone] } };
    const label = flat && tone !== "last" ? { label: { show: true, position: "right", formatter: `{c} ${data.unit || ""}`, color: colour("ink"), fontSize: size } } : {};
    const values = flat ? [...one.data].reverse() : one.data;
    return { name: one.name, type: drawn, data: values, yAxisIndex: flat ? 0 : one.axis || 0, ...(drawn === "line" ? line : bar), ...label };
  });
  const optionOf = (data, summary) => {
    const flat = data.type === "hbar";
    const second = !flat && data.series.some((one) => one.axis === 1);
    const categories = categoryAxis(flat ? { categories: [...data.categories].reverse() } : data);
    return {
      textStyle: { fontFamily: font, color: colour("ink-2") },
      animationDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 300,
      aria: { enabled: true, label: { description: summary }, decal: { show: data.series.length > 3 } },
      tooltip: {
        trigger: "axis", axisPointer: { type: "shadow" }, renderMode: "richText", confine: true, backgroundColor: colour("surface"),
        borderColor: colour("line-2"), borderWidth: 1, padding: [8, 12], textStyle: { fontFamily: font, color: colour("ink"), fontSize: 13 * rem },
      },
      legend: { show: data.series.length > 1, top: 6, left: "center", itemWidth: 14, itemHeight: 8, itemGap: 18, textStyle: { color: colour("ink-2"), fontSize: size } },
      grid: { left: 12, right: flat ? 52 : 16, top: flat ? 34 : 56, bottom: 8, containLabel: true },
      xAxis: flat ? { type: "value", show: false } : categories,
      yAxis: flat ? categories : [valueAxis(data.unit, true), ...(second ? [valueAxis(data.unit2, false)] : [])],
      series: seriesOf(data, flat),
    };
  };

  const drawn = [...document.querySelectorAll("[data-chart]")].map((holder) => {
    const data = JSON.parse(document.getElementById(holder.dataset.chart).textContent);
    const summary = holder.getAttribute("aria-label");
    const chart = globalThis.echarts.init(holder, null, { renderer: "canvas" });
    chart.setOption(optionOf(data, summary));
    holder.setAttribute("aria-label", summary);
    return chart;
  });
  let waiting = 0;
  const resize = () => drawn.forEach((chart) => chart.resize());
  window.addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(resize, 120);
  });
  // On paper colours may be grey: patterns tell the series apart, and the tables are shown with the pictures.
  const onPaper = (shown) => drawn.forEach((chart) => chart.setOption({ aria: { decal: { show: shown } } }));
  window.addEventListener("beforeprint", () => {
    document.querySelectorAll(".jo-data").forEach((table) => (table.open = true));
    onPaper(true);
    resize();
  });
  window.addEventListener("afterprint", () => onPaper(false));
})();
