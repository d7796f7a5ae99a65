using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.TerraformProvider.Client;
using SecretsPortal.TerraformProvider.Resources;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Tests.Resources;

/// <summary>How resources are read from answers that the real portal does not give at will: of another time, refused, or never.</summary>
public sealed class RefreshTests
{
    [Fact]
    public async Task The_windows_of_a_rate_are_the_portals_own()
    {
        // The description was changed two hours after the value; NextRotationDate is the end of the window that opens ten hours after the value.
        var (changed, next) = (Seconds("2029-12-31T20:00:00Z"), Seconds("2030-01-01T05:00:00Z"));
        var call = Call((_, _) => Answer(HttpStatusCode.OK,
            $$$"""{"secrets":[{"secret":{"ARN":"a","RotationEnabled":true,"RotationRules":{"ScheduleExpression":"rate(10 hours)"},"LastChangedDate":{{{changed}}},"NextRotationDate":{{{next}}}}}]}"""));
        var config = TfObject.Empty.With("secret_id", TfValue.Of("a")).With("rotate_immediately", TfValue.Of(false)).With("rotation_rules", Rules("rate(10 hours)"));
        var resource = new SecretRotationResource();

        var state = (await resource.ReadAsync(call, config))!;
        Assert.Equal(["2030-01-01T04:00Z/2030-01-01T05:00Z", "2030-01-01T14:00Z/2030-01-01T15:00Z"], state.Texts("next_windows")!.Take(2));

        resource.ModifyPlan(Planner.Draft(resource.Schema, state, config.With("rotation_rules", Rules("rate(5 hours)"))), call);
        Assert.StartsWith("2029-12-31T23:00Z/2030-01-01T00:00Z\n2030-01-01T04:00Z/", Assert.Single(call.Diagnostics.Entries).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_the_caller_may_not_see_stays_as_declared()
    {
        var call = Call((request, _) => request.RequestUri!.AbsolutePath.EndsWith("/lookup", StringComparison.Ordinal)
            ? Answer(HttpStatusCode.OK, """{"secrets":[{"secret":{"ARN":"a","Name":"a"}}]}""")
            : Answer(HttpStatusCode.Forbidden, """{"code":"AccessDenied","detail":"no"}"""));
        var state = TfObject.Empty.With("arn", TfValue.Of("a")).With("kms_key_id", TfValue.Of("alias/own"));

        Assert.Equal("alias/own", (await new SecretResource().ReadAsync(call, state))!.Text("kms_key_id"));
        await new SecretResource().ReadAsync(call, state);
        Assert.Contains("secretsportal:GetKey", Assert.Single(call.Diagnostics.Entries).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_time_of_a_reading_ends()
    {
        using var time = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        var call = Call(async (_, stop) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(20), stop);
            return new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        }, time.Token);

        var fault = await Assert.ThrowsAsync<PortalApiException>(() => new SecretRotationResource().ReadAsync(call, TfObject.Empty.With("secret_id", TfValue.Of("a"))))
            .WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.Contains("timeouts", fault.Message, StringComparison.Ordinal);
    }

    private static TfObject Rules(string expression) => TfObject.Empty.With("schedule_expression", TfValue.Of(expression));

    private static string Seconds(string time) => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    private static Task<HttpResponseMessage> Answer(HttpStatusCode status, string body) => Task.FromResult(new HttpResponseMessage(status) { Content = new StringContent(body) });

    private static ResourceCall Call(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer, CancellationToken stop = default)
    {
        var settings = new ProviderSettings(new Uri("http://portal.example"), "us-east-1", new SigningCredentials("AKIATEST", new SecretText("secret")));
#pragma warning disable CA2000 // The test's end is the client's.
        var channel = new SignedJsonChannel(new HttpClient(new Answers(answer)), settings, TimeProvider.System, NullLogger<SignedJsonChannel>.Instance);
#pragma warning restore CA2000
        return new ResourceCall(new PortalClient(channel, settings, TimeProvider.System), new PrivateState(), new Diagnostics(), stop);
    }

    private sealed class Answers(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => answer(request, cancellationToken);
    }
}
