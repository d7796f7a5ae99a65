using Microsoft.Extensions.Logging.Abstractions;
using SecretsPortal.TerraformProvider.Client;
using SecretsPortal.TerraformProvider.Resources;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Tests.Terraform;

/// <summary>Two applies that seed one secret at the same moment: the resource itself and the real portal, with both held where it matters.</summary>
public sealed class SeedRaceTests(PortalFixture fixture)
{
    [Fact]
    public async Task Of_two_seeds_at_once_the_first_one_wins()
    {
        await fixture.Client.CreateSecretAsync(new CreateSecretRequest { Name = "seed/race", ClientRequestToken = fixture.Client.NewToken() }, default);
        using var bothHaveLooked = new Meeting(2);
        var states = await Task.WhenAll(Seed("one", bothHaveLooked), Seed("two", bothHaveLooked));

        var secret = await fixture.Client.DescribeSecretAsync("seed/race", default);
        var (version, labels) = Assert.Single(secret.VersionIdsToStages!);
        Assert.Equal(["AWSCURRENT"], labels);
        Assert.All(states, s => Assert.Equal(version, s.Text("version_id")));
        var value = await fixture.CurrentValue("seed/race");
        Assert.Contains(value!, new[] { "one", "two" });

        // Deleted and made anew it is another secret, which gets a seed again.
        await fixture.Client.DeleteSecretAsync(new DeleteSecretRequest { SecretId = "seed/race", ForceDeleteWithoutRecovery = true }, default);
        await fixture.Client.CreateSecretAsync(new CreateSecretRequest { Name = "seed/race", ClientRequestToken = fixture.Client.NewToken() }, default);
        using var nobodyElse = new Meeting(1);
        await Seed("three", nobodyElse);
        Assert.Equal("three", await fixture.CurrentValue("seed/race"));
    }

    private async Task<TfObject> Seed(string value, Meeting meeting)
    {
        using var http = new HttpClient(new AfterLookUp(meeting) { InnerHandler = new SocketsHttpHandler() });
        var settings = fixture.Client.Settings;
        var portal = new PortalClient(new SignedJsonChannel(http, settings, TimeProvider.System, NullLogger<SignedJsonChannel>.Instance), settings, TimeProvider.System);
        var resource = new SecretVersionResource();
        var config = TfObject.Empty.With("secret_id", TfValue.Of("seed/race")).With("secret_string_wo", TfValue.Of(value)).With("seed_once", TfValue.Of(true));
        var call = new ResourceCall(portal, new PrivateState(), new Diagnostics(), TestContext.Current.CancellationToken);
        var draft = Planner.Draft(resource.Schema, prior: null, config);
        resource.ModifyPlan(draft, call);
        return await resource.CreateAsync(call, draft.Planned, config);
    }

    /// <summary>Holds each one until all have come.</summary>
    private sealed class Meeting(int expected) : IDisposable
    {
        private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);

        private int _come;

        public Task Come()
        {
            if (Interlocked.Increment(ref _come) == expected)
                _all.SetResult();
            return _all.Task;
        }

        public void Dispose() => _all.TrySetCanceled();
    }

    /// <summary>Gives the answer of the first look at the secret only when everybody has looked.</summary>
    private sealed class AfterLookUp(Meeting meeting) : DelegatingHandler
    {
        private bool _hasLooked;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var answer = await base.SendAsync(request, cancellationToken);
            if (!_hasLooked && request.RequestUri!.AbsolutePath.EndsWith("/lookup", StringComparison.Ordinal))
            {
                _hasLooked = true;
                await meeting.Come();
            }

            return answer;
        }
    }
}
