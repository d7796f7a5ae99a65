using System.Globalization;
using System.Text.RegularExpressions;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Services.Audit;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Tests.Audit;

public sealed partial class AuditVerifierTests
{
    private static readonly int? s_drill = int.TryParse(Environment.GetEnvironmentVariable("DRILL_TAMPERINGS"), CultureInfo.InvariantCulture, out var n) ? n : null;

    [Fact]
    public async Task A_log_that_nobody_touched_is_whole_and_the_verification_is_recorded()
    {
        await using var portal = await WithLog(20);

        var seen = await portal.Get<AuditVerifier>().Verify(portal.Admin, progress: null, default);

        Assert.True(seen.IsIntact, Words(seen));
        Assert.Equal((2, 1), (seen.Checkpoints, seen.Archives));
        Assert.True(seen.First > 1 && seen.Last > seen.First, $"{seen.First} to {seen.Last}");
        var record = (await portal.Log())[^1];
        Assert.Equal(("secretsportal:VerifyAudit", AuditOutcome.Succeeded, $"{seen.Records} records verified"), (record.Action, record.Outcome, record.Detail));
    }

    [Fact]
    public async Task Who_is_not_allowed_gets_no_verification_and_a_record()
    {
        await using var portal = await TestPortal.Start();
        var nobody = await portal.UserWith("nobody", """{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}""");

        var refused = await Assert.ThrowsAsync<PortalException>(() => portal.Get<AuditVerifier>().Verify(nobody, progress: null, default));

        Assert.Equal(PortalError.AccessDenied, refused.Error);
        Assert.Equal(("secretsportal:VerifyAudit", AuditOutcome.Denied), ((await portal.Log())[^1].Action, (await portal.Log())[^1].Outcome));
    }

    [Theory]
    [InlineData("UPDATE audit_record SET caller = 'somebody else' WHERE sequence = {10}", 10, "is not what was recorded there")]
    [InlineData("DELETE FROM audit_record WHERE sequence = {10}", 10, "is missing")]
    [InlineData("DELETE FROM audit_record WHERE sequence BETWEEN {10} AND {12}", 10, "are missing")]
    [InlineData("DELETE FROM audit_record WHERE sequence > {15}", 16, "the tail was cut off")]
    [InlineData("DELETE FROM audit_record", 0, "the tail was cut off")]
    [InlineData("UPDATE audit_head SET sequence = {15}", null, "the log's head is not the one that the portal wrote")]
    [InlineData("DELETE FROM audit_head", null, "the log's head is missing")]
    [InlineData("DELETE FROM audit_checkpoint WHERE number = 2", null, "its head says 2")]
    [InlineData("UPDATE audit_checkpoint SET event_count = 77 WHERE number = 1", null, "checkpoint 1 does not bear the portal's signature")]
    public async Task What_is_wrong_is_said_in_plain_words_with_the_first_record(string sql, int? place, string words)
    {
        await using var portal = await WithLog(20);
        using var log = new LogFile(portal);
        // Places count from the first record that is not archived: how many a start leaves is not this test's matter.
        var first = log.Number("SELECT MIN(sequence) FROM audit_record");
        log.Execute(Place().Replace(sql, match => $"{first + int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)}"));

        var seen = await Verify(portal);

        Assert.Contains(seen.Findings, finding => finding.What.Contains(words, StringComparison.Ordinal) && finding.Sequence == (place is null ? null : first + place));
    }

    [Fact]
    public async Task An_anchor_that_was_changed_is_named_with_the_range_that_it_stands_for()
    {
        await using var portal = await WithLog(5);
        using var log = new LogFile(portal);
        log.Execute("UPDATE audit_anchor SET file_name = 'x'");

        Assert.Contains(
            (await Verify(portal)).Findings,
            finding => finding.Sequence == 1 && finding.What.Contains("the anchor 1 of an archive does not bear the portal's signature", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_older_copy_of_the_whole_log_is_found_by_a_checkpoint_that_was_kept_elsewhere()
    {
        await using var portal = await WithLog(20);
        using var log = new LogFile(portal);
        for (var i = 0; i < 5; i++)
            await portal.Get<AuditLog>().Record(Record(portal, i), default);
        await portal.Get<AuditCheckpoints>().Sign(default);
        var kept = AuditCheckpoints.Parse(await portal.Get<AuditCheckpoints>().Export(portal.Admin, default));

        // The file from before, with all that belongs to it: it is whole by itself.
        log.Restore();

        Assert.True((await Verify(portal)).IsIntact);
        var seen = await portal.Get<AuditVerifier>().Verify(kept, progress: null, default);
        Assert.Contains(seen.Findings, finding => finding.What.Contains("kept elsewhere", StringComparison.Ordinal) && finding.What.Contains("older copy", StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_that_holds_no_checkpoints_is_refused_with_its_line()
    {
        var refused = Assert.Throws<PortalException>(() => AuditCheckpoints.Parse("\n{\"number\":1}\n"));

        Assert.Contains("Line 2", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>A few of each kind; tests/drill.sh audit-tamper asks for many by the environment.</summary>
    [Fact]
    public async Task Whatever_is_done_to_the_log_is_found()
    {
        var count = s_drill ?? 80;
        var seed = s_drill is null ? 5UL : (ulong)Environment.TickCount64;
        await using var portal = await WithLog(30);
        using var log = new LogFile(portal);
        var tampering = new Tampering(log, seed);
        var missed = new List<string>();
        for (var i = 0; i < count; i++)
        {
            var done = tampering.Next();
            if ((await Verify(portal)).IsIntact)
                missed.Add(done);
            log.Restore();
        }

        Console.WriteLine($"audit-tamper: {count - missed.Count} of {count} tamperings found (seed {seed})");
        Assert.Empty(missed);
        Assert.True((await Verify(portal)).IsIntact);
    }

    private static Task<AuditVerification> Verify(TestPortal portal) => portal.Get<AuditVerifier>().Verify([], progress: null, default);

    /// <summary>A log with records of both ways, an archived range before it and two checkpoints.</summary>
    private static async Task<TestPortal> WithLog(int records)
    {
        var portal = await TestPortal.Start();
        for (var i = 0; i < 10; i++)
            await portal.Get<AuditLog>().Record(Record(portal, i), default);
        await portal.Create("prod/db");
        await portal.Get<AuditStore>().Flush(default);
        portal.Clock.Advance(TimeSpan.FromDays(2));
        Assert.NotNull(await portal.Get<AuditArchiver>().RunAs(portal.Admin, portal.Clock.GetUtcNow().AddDays(-1), default));
        await portal.Get<AuditCheckpoints>().Sign(default);
        for (var i = 0; i < records; i++)
            await portal.Get<AuditLog>().Record(Record(portal, i), default);
        await portal.Put("prod/db", "next", TestPortal.Token(2));
        await portal.Get<AuditStore>().Flush(default);
        await portal.Get<AuditCheckpoints>().Sign(default);
        return portal;
    }

    private static AuditRecord Record(TestPortal portal, int i) => portal.Get<AuditLog>().For(
        portal.Admin, "test:Read", i % 3 == 0 ? null : $"secret-{i}", (AuditOutcome)(i % 3), i % 2 == 0 ? null : $"détail {i}");

    private static string Words(AuditVerification seen) => string.Join("; ", seen.Findings.Select(finding => finding.What));

    [GeneratedRegex(@"\{(\d+)\}")]
    private static partial Regex Place();
}
