// The front page: every stored event draws the chart afresh, and the table with it.
import { drawChart } from "./chart.js";
import { lost, watchPieces } from "./live.js";
import { ask } from "./viz/dom.js";

const refreshChart = () => ask("GET", "/events").then(({ events }) => drawChart(events), lost);

refreshChart();
watchPieces(100, refreshChart);
