/// The looks of the page. The outcome is always a word; shades only help to find it.
enum ReportStyle {
    static let css = """
        @page { size: A4; margin: 16mm 14mm 18mm 14mm; }
        * { box-sizing: border-box; }
        body { font: 14px/1.45 'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif; color: #000; background: #fff;
               max-width: 960px; margin: 0 auto; padding: 24px; }
        h1 { font-size: 22px; margin: 0 0 4px; }
        h2 { font-size: 16px; margin: 28px 0 8px; padding-bottom: 3px; border-bottom: 1px solid #000;
             break-after: avoid; }
        p { margin: 6px 0; }
        p.note { color: #333; font-size: 12px; }
        table { border-collapse: collapse; width: 100%; margin: 6px 0 10px; font-size: 12.5px; }
        thead { display: table-header-group; }
        tr { break-inside: avoid; }
        th { text-align: left; font-weight: 600; vertical-align: bottom; }
        thead th { border-bottom: 1.5px solid #000; padding: 3px 8px 3px 0; }
        td { padding: 3px 8px 3px 0; border-bottom: 1px solid #ccc; vertical-align: top; overflow-wrap: break-word; }
        th.n, td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        table.sheet th { width: 11.5em; padding: 2px 12px 2px 0; vertical-align: top; }
        table.sheet td { border: 0; padding: 2px 0; overflow-wrap: anywhere; }
        tr.fail td, tr.incomplete td { background: #f6d5d5; font-weight: 600; }
        tr.marginal td { background: #fbeecb; }
        tr.note td { color: #333; font-style: italic; }
        tr.phase td { border-bottom: 1px solid #000; padding-top: 10px; font-weight: 600; }
        .outcome { display: inline-block; border: 2px solid #000; padding: 3px 14px; font-weight: 700; margin: 8px 0; }
        .outcome.fail, .outcome.incomplete { border-width: 4px; background: #f6d5d5; }
        .outcome.marginal { border-style: dashed; background: #fbeecb; }
        .banner { border: 3px solid #000; padding: 6px 12px; font-weight: 700; margin: 10px 0;
                  background: repeating-linear-gradient(135deg, #fff 0 14px, #ececec 14px 28px); }
        .plots { display: grid; grid-template-columns: 1fr 1fr; gap: 14px; }
        figure { margin: 0; break-inside: avoid; min-width: 0; }
        figure svg { width: 100%; height: auto; }
        code { font: 11.5px 'DejaVu Sans Mono', monospace; overflow-wrap: anywhere; }
        @media (max-width: 700px) { body { padding: 12px; } .plots { grid-template-columns: 1fr; }
            .wide { overflow-x: auto; } table.sheet th { width: 7.5em; }
            p.verdict { position: sticky; top: 0; z-index: 1; background: #fff; margin: 0 -12px; padding: 2px 12px; } }
        @media print { body { max-width: none; padding: 0; font-size: 10.5pt; } table { font-size: 8.8pt; }
            h1 { font-size: 17pt; } h2 { font-size: 12.5pt; margin-top: 16pt; }
            * { -webkit-print-color-adjust: exact; print-color-adjust: exact; } }

        """
}
