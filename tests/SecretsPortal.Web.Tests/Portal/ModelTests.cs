using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Web.Portal;
using SecretsPortal.Web.Portal.Model;

namespace SecretsPortal.Web.Tests.Portal;

public sealed class ModelTests
{
    private static readonly DateTimeOffset s_now = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void An_export_asks_for_all_that_its_search_asked_for()
    {
        var query = new AuditQuery
        {
            From = s_now, Until = s_now.AddHours(1), Caller = "arn:aws:iam::123456789012:user/ann & bob", Action = "secretsmanager:GetSecretValue",
            Resource = "prod/orders+1", Outcome = AuditOutcome.Denied, SourceAddress = "2001:db8::1", RequestId = "7d1c2f0a-0000-7000-8000-000000000001",
        };
        // Where it begins and how much it gives are the export's own. A member that is new has to be set above.
        Assert.All(typeof(AuditQuery).GetProperties().Where(member => member.Name != nameof(AuditQuery.Before)), member => Assert.NotNull(member.GetValue(query)));

        var address = AuditDownloads.AddressOf(query, "csv");

        Assert.Equal(query, AuditDownloads.QueryOf(new QueryCollection(QueryHelpers.ParseQuery(address[address.IndexOf('?', StringComparison.Ordinal)..]))));
    }

    [Theory]
    [InlineData("prod/orders", true)]
    [InlineData("", false)]
    [InlineData("with blank", false)]
    [InlineData("ümlaut", false)]
    public void A_secrets_name_is_checked_beside_its_field(string name, bool isValid)
    {
        var draft = new SecretDraft { Name = name };

        Assert.Equal(!isValid, draft.Faults().ContainsKey("name"));
    }

    [Fact]
    public void Tags_are_checked_beside_their_fields()
    {
        var faults = new Dictionary<string, string>();
        TagRules.Check(
            [
                new DraftRow { Name = "team", Value = "orders" }, new DraftRow { Name = "team" }, new DraftRow { Name = "AWS:x" },
                new DraftRow { Value = "lost" }, new DraftRow { Name = new string('k', 129), Value = new string('v', 257) }, new DraftRow(),
            ],
            faults);

        Assert.Equal(["tag1.name", "tag2.name", "tag3.name", "tag4.name", "tag4.value"], faults.Keys.Order());
    }

    [Fact]
    public void Of_tags_that_two_have_changed_each_keeps_what_they_touched()
    {
        static Core.Secrets.SecretTag Tag(string key, string value) => new(key, value);
        var typed = new[]
        {
            new DraftRow { Name = "same", Value = "1" }, new DraftRow { Name = "theirs", Value = "1" }, new DraftRow { Name = "both", Value = "mine" },
            new DraftRow { Name = "gone", Value = "1" }, new DraftRow { Name = "mine", Value = "1" }, new DraftRow(),
        };

        var merged = TagRules.Merged(
            typed,
            seen: [Tag("same", "1"), Tag("theirs", "1"), Tag("both", "1"), Tag("gone", "1"), Tag("taken", "1")],
            theirs: [Tag("same", "1"), Tag("theirs", "2"), Tag("both", "other"), Tag("taken", "1"), Tag("new", "1")]);

        Assert.Equal([Tag("same", "1"), Tag("theirs", "2"), Tag("both", "mine"), Tag("mine", "1"), Tag("new", "1")], TagRules.Read(merged));
        Assert.Contains(merged, row => row.Name.Length == 0);
    }

    [Fact]
    public void The_terraform_sample_says_what_the_provider_can_not_declare()
    {
        var subject = new CodeSubject { Name = "api", Region = "us-east-1", Schedule = RotationSchedule.Parse(null, 30, null), GeneratedField = "token" };

        Assert.Contains("set \"token\" in the portal", TerraformSample.Of(subject, "https://portal.example"), StringComparison.Ordinal);
        Assert.Contains(
            "\"token\", stays as the portal has it", TerraformSample.Of(subject with { Arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:api-AbCdEf" }, "https://portal.example"),
            StringComparison.Ordinal);
        Assert.DoesNotContain("made anew", TerraformSample.Of(subject with { GeneratedField = null }, "https://portal.example"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SecretsPortalGenerate", "  strategy           = \"generate\"\n  rotate")]
    [InlineData("arn:aws:lambda:us-east-1:123456789012:function:SecretsManagerRDSMariaDBRotationMultiUser", "  strategy           = \"alternating-users\"\n  engine             = \"mariadb\"\n")]
    [InlineData("arn:aws:lambda:us-east-1:123456789012:function:mine", "  rotation_lambda_arn = \"arn:aws:lambda:us-east-1:123456789012:function:mine\"\n")]
    public void The_terraform_sample_names_a_built_in_rotator_by_its_strategy_as_an_import_does(string function, string expected)
    {
        var subject = new CodeSubject { Name = "api", Region = "us-east-1", Schedule = RotationSchedule.Parse(null, 30, null), FunctionArn = function };

        Assert.Contains(expected, TerraformSample.Of(subject, "https://portal.example"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_terraform_sample_declares_the_replicas_of_a_secret_that_is_not_stored_yet()
    {
        var subject = new CodeSubject { Name = "api", Region = "us-east-1", ReplicaRegions = ["eu-west-1", "ap-southeast-2"] };

        Assert.Contains(
            "  replicas = {\n    eu-west-1      = {}\n    ap-southeast-2 = {}\n  }\n}\n", TerraformSample.Of(subject, "https://portal.example"), StringComparison.Ordinal);
        Assert.Contains(
            "(eu-west-1, ap-southeast-2) stay as they are",
            TerraformSample.Of(subject with { Arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:api-AbCdEf" }, "https://portal.example"), StringComparison.Ordinal);
    }

    [Fact]
    public void More_than_fifty_tags_are_too_many()
    {
        var faults = new Dictionary<string, string>();
        TagRules.Check([.. Enumerable.Range(0, 51).Select(i => new DraftRow { Name = $"k{i}" })], faults);

        Assert.Equal(["tags"], faults.Keys);
    }

    [Theory]
    [InlineData("rate(6 hours)")]
    [InlineData("rate(1 day)")]
    [InlineData("rate(30 days)")]
    [InlineData("cron(0 4 ? * SUN *)")]
    [InlineData("cron(0 0 ? * MON,WED,SUN *)")]
    [InlineData("cron(0 4 ? * TUE#2,FRI#2 *)")]
    [InlineData("cron(0 22 ? * FRIL *)")]
    [InlineData("cron(0 4 1,15,L * ? *)")]
    [InlineData("cron(0 4 ? * SUN,MON *)")]
    [InlineData("cron(0 4 ? * SUN#1,MON#2 *)")]
    [InlineData("cron(0 04 ? * SUN *)")]
    [InlineData("cron(0 4,16 ? * 1-5 *)")]
    public void A_stored_schedule_comes_back_as_it_was(string expression)
    {
        var stored = RotationSchedule.Parse(expression, null, "2h");

        Assert.Equal(stored, ScheduleDraft.From(stored).ToSchedule());
    }

    [Fact]
    public void A_number_of_days_comes_back_as_it_was()
    {
        var stored = RotationSchedule.Parse(null, 45, null);

        Assert.Equal(stored, ScheduleDraft.From(stored).ToSchedule());
    }

    [Theory]
    [InlineData(ScheduleMode.Hours, "rate(6 hours)")]
    [InlineData(ScheduleMode.Days, "rate(1 day)")]
    [InlineData(ScheduleMode.Week, "cron(0 0 ? * MON,SUN *)")]
    [InlineData(ScheduleMode.Week, "cron(0 4 ? * TUE#2,FRI#2 *)")]
    [InlineData(ScheduleMode.Month, "cron(0 4 1,15,L * ? *)")]
    [InlineData(ScheduleMode.Expression, "cron(0 4 ? * SUN#1,MON#2 *)")]
    [InlineData(ScheduleMode.Expression, "cron(0 4 ? JAN SUN *)")]
    public void A_stored_schedule_opens_in_the_fields_that_say_it(ScheduleMode mode, string expression) =>
        Assert.Equal(mode, ScheduleDraft.From(RotationSchedule.Parse(expression, null, null)).Mode);

    [Theory]
    [InlineData(ScheduleMode.Days, "", "")]
    [InlineData(ScheduleMode.Days, "0", "")]
    [InlineData(ScheduleMode.Days, "1001", "")]
    [InlineData(ScheduleMode.Hours, "3", "")]
    [InlineData(ScheduleMode.Expression, "30", "0 4 * * * *")]
    [InlineData(ScheduleMode.Expression, "30", "")]
    [InlineData(ScheduleMode.Expression, "30", "rate(1 hour)")]
    public void A_schedule_that_means_nothing_is_told_while_it_is_typed(ScheduleMode mode, string every, string expression)
    {
        var preview = new ScheduleDraft { Mode = mode, Every = every, Expression = expression }.Preview(s_now, s_now);

        Assert.NotNull(preview.Fault);
        Assert.Empty(preview.Windows);
    }

    [Theory]
    [InlineData(ScheduleMode.Week, "Choose at least one day of the week.")]
    [InlineData(ScheduleMode.Month, "Choose at least one day of the month.")]
    public void A_schedule_without_days_asks_for_one(ScheduleMode mode, string fault)
    {
        var draft = new ScheduleDraft { Mode = mode };
        draft.DaysOfWeek.Clear();
        draft.DaysOfMonth.Clear();

        Assert.Equal(fault, draft.Preview(s_now, s_now).Fault);
    }

    [Fact]
    public void A_schedule_is_shown_in_words_with_its_next_window()
    {
        var preview = new ScheduleDraft { Mode = ScheduleMode.Expression, Expression = "0 4 ? * SUN *" }.Preview(s_now, s_now);

        Assert.Null(preview.Fault);
        Assert.NotEmpty(preview.Words!);
        Assert.Equal(new DateTimeOffset(2026, 3, 15, 4, 0, 0, TimeSpan.Zero), preview.Windows[0].Start);
    }

    [Fact]
    public void A_window_is_said_in_the_time_of_a_zone_whatever_the_season()
    {
        var berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        var windows = new ScheduleDraft { Mode = ScheduleMode.Week, Hour = 22, Duration = "2h" }
            .Preview(s_now, new DateTimeOffset(2026, 3, 21, 0, 0, 0, TimeSpan.Zero)).Windows;

        Assert.Equal("Sun 22 Mar 2026, 22:00 to 24:00", Words.Window(windows[0], TimeZoneInfo.Utc));
        Assert.Equal("Sun 22 Mar 2026, 23:00 to Mon 01:00", Words.Window(windows[0], berlin));
        Assert.Equal("Mon 30 Mar 2026, 00:00 to 02:00", Words.Window(windows[1], berlin));
        Assert.Equal("in 2 days", Words.Until(windows[0].Start, new DateTimeOffset(2026, 3, 21, 0, 0, 0, TimeSpan.Zero)));
    }

    [Fact]
    public void Steps_show_what_is_done_what_runs_and_what_waits()
    {
        var run = Run(RotationRunState.Running,
            new RotationStepRecord(RotationStep.CreateSecret, 1, s_now, s_now.AddSeconds(2), true, "A new value is stored."),
            new RotationStepRecord(RotationStep.SetSecret, 1, s_now, null, false, null));

        Assert.Equal([StepState.Done, StepState.Running, StepState.Waiting, StepState.Waiting], StepView.Of(run).Select(s => s.State));
        Assert.Equal("Done, 2.0 s", StepView.Of(run)[0].Label);
    }

    [Fact]
    public void Steps_of_a_failed_run_say_why_and_what_was_not_reached()
    {
        var run = Run(RotationRunState.Failed,
            new RotationStepRecord(RotationStep.CreateSecret, 2, s_now, s_now, true, null),
            new RotationStepRecord(RotationStep.SetSecret, 2, s_now, s_now.AddMilliseconds(300), false, "The database refused the password."));
        var steps = StepView.Of(run);

        Assert.Equal([StepState.Done, StepState.Failed, StepState.Waiting, StepState.Waiting], steps.Select(s => s.State));
        Assert.Equal("Failed, attempt 2, 300 ms", steps[1].Label);
        Assert.Equal("The database refused the password.", steps[1].Note);
        Assert.Equal("Not reached", steps[3].Label);
    }

    [Fact]
    public void A_test_has_one_step()
    {
        var run = Run(RotationRunState.Queued) with { Mode = RotationMode.TestOnly };

        Assert.Equal([RotationStep.TestSecret], StepView.Of(run).Select(s => s.Step));
    }

    [Theory]
    [InlineData(null, "/overview")]
    [InlineData("", "/overview")]
    [InlineData("https://evil.example/", "/overview")]
    [InlineData("//evil.example/", "/overview")]
    [InlineData("/\\evil.example", "/overview")]
    [InlineData("/\t/evil.example", "/overview")]
    [InlineData("javascript:alert(1)", "/overview")]
    [InlineData("/sign-in?returnUrl=/", "/overview")]
    [InlineData("/secret?id=prod%2Fdb", "/secret?id=prod%2Fdb")]
    public void The_way_back_after_sign_in_stays_in_the_portal(string? asked, string gone) =>
        Assert.Equal(gone, PortalRoutes.LocalOrHome(asked));

    [Fact]
    public void A_secrets_address_survives_any_name() =>
        Assert.Equal("/secret?id=a%2F..%2Fb%2B%21", PortalRoutes.Secret("a/../b+!"));

    [Theory]
    [InlineData(10, "just now")]
    [InlineData(70, "a minute ago")]
    [InlineData(600, "10 minutes ago")]
    [InlineData(3600, "an hour ago")]
    [InlineData(7200, "2 hours ago")]
    [InlineData(100_000, "yesterday")]
    [InlineData(300_000, "3 days ago")]
    [InlineData(864_000, "28 Feb 2026")]
    public void Times_are_told_as_people_tell_them(int secondsAgo, string words) =>
        Assert.Equal(words, Words.Ago(s_now.AddSeconds(-secondsAgo), s_now));

    private static RotationRun Run(RotationRunState state, params RotationStepRecord[] steps) => new()
    {
        RunId = "1", SecretId = "2", Token = "3", Mode = RotationMode.Rotate, Trigger = RotationTrigger.Manual,
        State = state, Attempt = 1, CreatedAt = s_now, Steps = steps,
    };

    [Fact]
    public void Every_health_of_a_rotation_has_a_word_of_its_own_and_what_must_be_looked_at_is_red()
    {
        var all = Enum.GetValues<RotationHealth>();
        Assert.Equal(all.Length, all.Select(Words.Of).Distinct().Count());
        Assert.Equal(all.Length, all.Select(Words.Meaning).Distinct().Count());
        Assert.Equal([RotationHealth.Failed, RotationHealth.Overdue, RotationHealth.OutOfSync], all.Where(health => Words.ToneOf(health) == "bad"));
    }
}
