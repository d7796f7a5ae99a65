using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using SecretsPortal.Core;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Kms;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Tests.Access;

public sealed class SigningKeyCacheTests
{
    private static readonly SigningCredentials s_credentials = new(TestPortal.AccessKeyId, new SecretText(TestPortal.SecretAccessKey));

    [Fact]
    public async Task The_KMS_is_asked_once_per_key_region_and_day_by_many_at_once()
    {
        await using var portal = await TestPortal.Start(CountUnwraps);
        await Many("us-east-1");
        Assert.Equal(1, Kms(portal).Unwraps);
        await Many("eu-central-1");
        Assert.Equal(2, Kms(portal).Unwraps);
        portal.Clock.Advance(TimeSpan.FromDays(1));
        await Many("us-east-1");
        Assert.Equal(3, Kms(portal).Unwraps);

        Task Many(string region) => Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => SignedCall.Authenticate(portal, s_credentials, region))));
    }

    [Fact]
    public async Task A_wrong_signature_is_refused_with_the_key_that_is_kept()
    {
        await using var portal = await TestPortal.Start(CountUnwraps);
        await SignedCall.Authenticate(portal, s_credentials);
        await Refused(PortalError.InvalidSignature, portal, s_credentials with { SecretAccessKey = new SecretText("wrong") });
        await SignedCall.Authenticate(portal, s_credentials);
        Assert.Equal(1, Kms(portal).Unwraps);
    }

    [Theory]
    [InlineData("UPDATE access_key SET is_disabled = 1")]
    [InlineData("UPDATE caller SET is_disabled = 1 WHERE name = 'bootstrap'")]
    [InlineData("DELETE FROM access_key")]
    public async Task What_is_taken_away_is_refused_at_the_next_request(string change)
    {
        await using var portal = await TestPortal.Start();
        await SignedCall.Authenticate(portal, s_credentials);
        await portal.Execute(change);
        await Refused(PortalError.UnrecognizedClient, portal, s_credentials);
    }

    [Fact]
    public async Task A_replaced_secret_never_meets_the_old_key()
    {
        await using var portal = await TestPortal.Start();
        await SignedCall.Authenticate(portal, s_credentials);
        var replaced = await portal.Get<AccessKeySealer>().Seal(TestPortal.AccessKeyId, new SecretText("another"), default);
        await portal.Execute($"UPDATE access_key SET sealed_secret = x'{Convert.ToHexString(replaced)}'");
        await Refused(PortalError.InvalidSignature, portal, s_credentials);
        await SignedCall.Authenticate(portal, s_credentials with { SecretAccessKey = new SecretText("another") });
    }

    [Fact]
    public async Task A_full_or_emptied_cache_takes_no_key_from_under_a_request()
    {
        await using var portal = await TestPortal.Start();
        using var cache = new SigningKeyCache(portal.Get<AccessKeySealer>(), portal.Clock, mostEntries: 2);
        var (stored, _) = (await portal.Get<CallerStore>().FindAccessKey(TestPortal.AccessKeyId, default))!.Value;
        string[] regions = ["a-1", "b-1", "c-1", "d-1", "e-1", "f-1"];
        await Task.WhenAll(Enumerable.Range(0, 3000).Select(i => Task.Run(async () =>
        {
            var region = regions[i % regions.Length];
            var key = await cache.Get(stored, Claim(region), default);
            Assert.Equal(SigningKey.Derive(TestPortal.SecretAccessKey, "20260304", region, "secretsmanager"), key);
            // The copy is the caller's own.
            CryptographicOperations.ZeroMemory(key);
        })));
        Assert.InRange(cache.Count, 0, 2);
    }

    [Fact]
    public async Task A_KMS_that_hangs_for_one_request_does_not_hold_up_the_others()
    {
        await using var portal = await TestPortal.Start(CountUnwraps);
        using var cache = new SigningKeyCache(portal.Get<AccessKeySealer>(), portal.Clock, patience: TimeSpan.FromMilliseconds(20));
        var (stored, _) = (await portal.Get<CallerStore>().FindAccessKey(TestPortal.AccessKeyId, default))!.Value;
        var gate = new TaskCompletionSource();
        Kms(portal).Gate = gate;
        var hanging = cache.Get(stored, Claim("us-east-1"), default).AsTask();
        while (Kms(portal).Unwraps == 0)
            await Task.Delay(1);
        Kms(portal).Gate = null;

        var other = await cache.Get(stored, Claim("us-east-1"), default);

        Assert.False(hanging.IsCompleted);
        gate.SetResult();
        Assert.Equal(other, await hanging);
    }

    private static SigV4Claim Claim(string region) => new()
    {
        AccessKeyId = TestPortal.AccessKeyId, Date = "20260304", Region = region, Service = "secretsmanager", Timestamp = "", SignedHeaders = [], Signature = "",
    };

    private static async Task Refused(PortalError error, TestPortal portal, SigningCredentials credentials) =>
        Assert.Equal(error, (await Assert.ThrowsAsync<PortalException>(() => SignedCall.Authenticate(portal, credentials))).Error);

    private static CountingKms Kms(TestPortal portal) => (CountingKms)portal.Get<IKms>();

    /// <summary>Without the cache of data keys, which would answer in the KMS's place.</summary>
    private static void CountUnwraps(IServiceCollection services)
    {
        services.Replace(ServiceDescriptor.Singleton<IKms>(s => new CountingKms(s.GetRequiredService<LocalKms>())));
        services.Replace(ServiceDescriptor.Singleton(s => new DataKeyCache(TimeSpan.Zero, 1, s.GetRequiredService<TimeProvider>())));
    }

    /// <summary>The local KMS, counting how often it opens the secret half of an access key.</summary>
    private sealed class CountingKms(LocalKms kms) : IKms
    {
        private int _unwraps;

        public int Unwraps => _unwraps;

        /// <summary>What a call that begins now waits for.</summary>
        public TaskCompletionSource? Gate { get; set; }

        public string Provider => kms.Provider;

        public Task<WrappedDataKey> Wrap(string keyReference, ReadOnlyMemory<byte> dataKey, IReadOnlyDictionary<string, string> context, CancellationToken cancel) =>
            kms.Wrap(keyReference, dataKey, context, cancel);

        public async Task<byte[]> Unwrap(string keyReference, WrappedDataKey wrapped, IReadOnlyDictionary<string, string> context, CancellationToken cancel)
        {
            var gate = Gate;
            if (context["SecretARN"].StartsWith("access-key/", StringComparison.Ordinal))
                Interlocked.Increment(ref _unwraps);
            if (gate is not null)
                await gate.Task;
            return await kms.Unwrap(keyReference, wrapped, context, cancel);
        }

        public Task<string> CurrentVersion(string keyReference, CancellationToken cancel) => kms.CurrentVersion(keyReference, cancel);

        public Task Check(string keyReference, CancellationToken cancel) => kms.Check(keyReference, cancel);
    }
}
