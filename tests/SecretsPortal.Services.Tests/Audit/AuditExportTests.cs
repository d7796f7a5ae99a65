using System.Text;
using System.Text.Json;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Services.Audit;

namespace SecretsPortal.Services.Tests.Audit;

public sealed class AuditExportTests
{
    [Fact]
    public async Task Json_lines_hold_every_record_that_fits_newest_first()
    {
        await using var portal = await TestPortal.Start();
        for (var i = 0; i < 1100; i++)
            await Record(portal, i % 2 == 0 ? "test:Even" : "test:Odd", null);

        var lines = (await Export(portal, new AuditQuery { Action = "test:Even" }, AuditExportFormat.JsonLines)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(550, lines.Length);
        var sequences = lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("sequence").GetInt64()).ToList();
        Assert.Equal(sequences.OrderDescending(), sequences);
        var record = (await portal.Log())[^1];
        Assert.Equal(("secretsportal:ExportAudit", "JsonLines, action test:Even"), (record.Action, record.Detail));
    }

    [Fact]
    public async Task What_a_spreadsheet_would_take_for_a_formula_is_text_in_the_csv()
    {
        await using var portal = await TestPortal.Start();
        string[] details = ["=HYPERLINK(\"http://x\")", "+1", "-1", "@sum", "a, \"b\"\nc", "plain"];
        foreach (var detail in details)
            await Record(portal, "test:Csv", detail);

        var csv = await Export(portal, new AuditQuery { Action = "test:Csv" }, AuditExportFormat.Csv);

        Assert.StartsWith("sequence,time,caller,accessKeyId,action,resource,outcome,detail,sourceAddress,requestId\r\n", csv, StringComparison.Ordinal);
        Assert.Contains(",\"'=HYPERLINK(\"\"http://x\"\")\",", csv, StringComparison.Ordinal);
        foreach (var cell in (string[])[",'+1,", ",'-1,", ",'@sum,"])
            Assert.Contains(cell, csv.Replace("\"", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains(",\"a, \"\"b\"\"\nc\",", csv, StringComparison.Ordinal);
        Assert.Contains(",plain,", csv, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_not_allowed_gets_nothing()
    {
        await using var portal = await TestPortal.Start();
        var auditor = await portal.UserWith("searcher", """{"Effect":"Allow","Action":"secretsportal:SearchAudit","Resource":"*"}""");

        var refused = await Assert.ThrowsAsync<PortalException>(() => portal.Get<AuditExport>().Open(auditor, new AuditQuery(), AuditExportFormat.Csv, default));

        Assert.Equal(PortalError.AccessDenied, refused.Error);
        Assert.Equal(("secretsportal:ExportAudit", AuditOutcome.Denied), ((await portal.Log())[^1].Action, (await portal.Log())[^1].Outcome));
    }

    [Fact]
    public async Task An_export_that_breaks_off_is_recorded_as_begun_and_as_broken_off()
    {
        await using var portal = await TestPortal.Start();
        await Record(portal, "test:Lost", null);
        var write = await portal.Get<AuditExport>().Open(portal.Admin, new AuditQuery { Action = "test:Lost" }, AuditExportFormat.Csv, default);

        using var closed = new MemoryStream([], writable: false);
        await Assert.ThrowsAsync<NotSupportedException>(() => write(closed, default));

        var records = (await portal.Log()).Where(record => record.Action == "secretsportal:ExportAudit").ToList();
        Assert.Equal([AuditOutcome.Succeeded, AuditOutcome.Failed], records.Select(record => record.Outcome));
        Assert.Equal("Internal; broke off before its end: Csv, action test:Lost", records[1].Detail);
    }

    private static async Task<string> Export(TestPortal portal, AuditQuery query, AuditExportFormat format)
    {
        var write = await portal.Get<AuditExport>().Open(portal.Admin, query, format, default);
        using var output = new MemoryStream();
        await write(output, default);
        return Encoding.UTF8.GetString(output.ToArray());
    }

    private static Task Record(TestPortal portal, string action, string? detail) =>
        portal.Get<AuditLog>().Record(portal.Get<AuditLog>().For(portal.Admin, action, null, AuditOutcome.Succeeded, detail), default);
}
