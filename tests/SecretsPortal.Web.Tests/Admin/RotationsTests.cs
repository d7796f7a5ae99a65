using System.Text.Json;

namespace SecretsPortal.Web.Tests.Admin;

/// <summary>Rotations over REST.</summary>
public sealed class RotationsTests(SharedPortal shared) : ApiTest(shared)
{
    private AdminClient Api => new(Portal.Address, TestPortal.Credentials);

    [Fact]
    public async Task The_windows_of_a_schedule_are_shown_before_it_is_set()
    {
        using var api = Api;
        var secret = await Secret();

        var plan = await api.Ok("GET", $"/api/v1/rotations/{secret}");
        Assert.False(plan.Json.GetProperty("isEnabled").GetBoolean());
        Assert.Empty(plan.Json.GetProperty("nextWindows").EnumerateArray());
        var windows = await api.Ok("GET", $"/api/v1/rotations/{secret}/windows?duration=2h&scheduleExpression={Uri.EscapeDataString("cron(0 8 ? * MON *)")}");
        Assert.Equal("at 08:00 UTC on Mondays, in a window of 2 hours", windows["schedule"]);
        var starts = windows.Json.GetProperty("nextWindows").EnumerateArray().Select(w => w.GetProperty("start").GetDateTimeOffset()).ToList();
        Assert.Equal(5, starts.Count);
        Assert.All(starts, start => Assert.Equal((DayOfWeek.Monday, 8), (start.DayOfWeek, start.Hour)));
        Assert.All(starts.Zip(starts.Skip(1)), pair => Assert.Equal(TimeSpan.FromDays(7), pair.Second - pair.First));
    }

    [Theory]
    [InlineData("scheduleExpression=cron(1+8+*+*+?+*)", "scheduleExpression")]
    [InlineData("automaticallyAfterDays=30&duration=25h", "duration")]
    [InlineData("automaticallyAfterDays=1001", "automaticallyAfterDays")]
    [InlineData("", "scheduleExpression")]
    public async Task What_is_wrong_with_a_schedule_is_named(string query, string field)
    {
        using var page = await Portal.Session(await Portal.SignIn());
        var answer = await page.Send("GET", $"/api/v1/rotations/{await Secret()}/windows?{query}");
        Assert.Equal("Validation", answer.Code);
        Assert.Equal([field], answer.Fields);
    }

    [Fact]
    public async Task A_secret_that_is_not_there_is_told()
    {
        using var api = Api;
        Assert.Equal("ResourceNotFound", await api.Refused("GET", "/api/v1/rotations/nobody%2Fknows", 404));
    }

    [Fact]
    public async Task A_rotation_is_checked_tried_again_and_resolved()
    {
        using var api = Api;
        // A port that nothing listens on.
        var secret = await Secret(new { engine = "postgres", host = "127.0.0.1", port = 1, username = "u", password = "hunter2" });

        var check = await api.Ok("POST", $"/api/v1/rotations/{secret}/check", new { rotationLambdaArn = "SecretsManagerRDSPostgreSQLRotationSingleUser" });
        Assert.False(check.Json.GetProperty("wouldWork").GetBoolean());
        var found = check.Json.GetProperty("findings").EnumerateArray().Select(f => (f.GetProperty("check").GetString(), f.GetProperty("state").GetString())).ToList();
        Assert.Contains(("Json", "Passed"), found);
        Assert.Contains(("Reachable", "Failed"), found);
        Assert.Equal("AccessDenied", await api.Refused("POST", $"/api/v1/rotations/{secret}/check", 403, new { rotationLambdaArn = "nobody" }));
        Assert.Equal("InvalidRequest", await api.Refused("POST", $"/api/v1/rotations/{secret}/retry", 409));
        Assert.Equal("InvalidRequest", await api.Refused("POST", $"/api/v1/rotations/{await Secret()}/resolve", 409));

        var resolved = await api.Ok("POST", $"/api/v1/rotations/{secret}/resolve");
        Assert.Equal(("Resolve", "Failed"), (resolved["mode"], resolved["state"]));
        Assert.StartsWith("The target does not say whether it accepts the value of AWSCURRENT.", resolved["message"], StringComparison.Ordinal);
        var runs = (await api.Ok("GET", $"/api/v1/rotations/{secret}/runs?limit=1")).Json.GetProperty("runs");
        Assert.Equal(resolved["runId"], runs[0].GetProperty("runId").GetString());
        Assert.DoesNotContain("hunter2", check.Text + resolved.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rotations_are_paused_for_all_and_the_list_says_so_and_how_they_are()
    {
        // Of its own: nobody else's rotations are held up.
        await using var portal = await TestPortal.Start();
        using var api = new AdminClient(portal.Address, TestPortal.Credentials);
        var list = await api.Ok("GET", "/api/v1/rotations?health=Overdue");
        Assert.Equal(["Healthy", "Due", "Rotating", "Retrying", "Failed", "Overdue", "OutOfSync"], list.Json.GetProperty("counts").EnumerateObject().Select(c => c.Name));
        Assert.Empty(list.Json.GetProperty("rotations").EnumerateArray());
        Assert.False(list.Json.TryGetProperty("pause", out _));

        var hold = await api.Ok("POST", "/api/v1/rotations/pause", new { reason = "maintenance" });
        Assert.Equal(("maintenance", "arn:aws:iam::000000000000:user/client/bootstrap"), (hold["reason"], hold["by"]));
        Assert.Equal("maintenance", (await api.Ok("GET", "/api/v1/rotations")).Json.GetProperty("pause").GetProperty("reason").GetString());
        Assert.Equal("maintenance", (await api.Ok("GET", "/api/v1/system/status")).Json.GetProperty("rotationPause").GetProperty("reason").GetString());
        await portal.Aws.Ok("CreateSecret", new { Name = "db", SecretString = """{"engine":"postgres","username":"a","password":"b","host":"127.0.0.1"}""", ClientRequestToken = NewToken() });
        var refused = await portal.Aws.Call("RotateSecret", new { SecretId = "db", ClientRequestToken = NewToken() });
        Assert.Equal("InvalidRequestException", refused["__type"]);
        Assert.StartsWith("All rotations of this portal are paused since", refused["Message"], StringComparison.Ordinal);

        await api.Ok("POST", "/api/v1/rotations/resume");
        Assert.False((await api.Ok("GET", "/api/v1/rotations")).Json.TryGetProperty("pause", out _));
    }

    [Fact]
    public async Task A_health_that_there_is_not_is_refused()
    {
        using var api = Api;
        var answer = await api.Send("GET", "/api/v1/rotations?health=Fine");
        Assert.Equal(["health"], answer.Fields);
    }

    /// <summary>A new secret's name as a path has it.</summary>
    private async Task<string> Secret(object? value = null)
    {
        var name = $"rotations/{NewToken()}";
        await Portal.Aws.Ok("CreateSecret", new { Name = name, SecretString = JsonSerializer.Serialize(value ?? new { token = "kept" }), ClientRequestToken = NewToken() });
        return Uri.EscapeDataString(name);
    }
}
