using System.Security.Cryptography;
using SecretsPortal.Core;
using SecretsPortal.Services.Kms;

namespace SecretsPortal.Services.Tests.Kms;

/// <summary>What the portal expects of every KMS provider, asked through the guard that it uses them through.</summary>
public abstract class KmsContractTests : IAsyncLifetime
{
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    protected static readonly IReadOnlyDictionary<string, string> Context = new Dictionary<string, string> { ["SecretARN"] = "arn:x", ["SecretVersionId"] = "v1" };

    protected byte[] DataKey { get; } = RandomNumberGenerator.GetBytes(32);

    private protected IKms Kms { get; private set; } = null!;

    /// <summary>What the provider calls a key that is there.</summary>
    protected abstract string Reference { get; }

    /// <summary>Another key that is there.</summary>
    protected abstract string OtherReference { get; }

    /// <summary>A key of the right form that is not there; null where every key is.</summary>
    protected abstract string? UnknownReference { get; }

    /// <summary>Whether the provider itself binds the context; the sealed value is bound to it in any case.</summary>
    protected abstract bool BindsContext { get; }

    private protected abstract Task<IKms> Open();

    /// <summary>The key gets a new version; false where the provider has none.</summary>
    protected virtual Task<bool> Rotate() => Task.FromResult(false);

    public async ValueTask InitializeAsync() => Kms = new GuardedKms(await Open(), Patience, TimeProvider.System);

    public virtual ValueTask DisposeAsync()
    {
        (Kms as IDisposable)?.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_wrapped_key_unwraps_and_tells_its_version()
    {
        await Kms.Check(Reference, default);
        var wrapped = await Kms.Wrap(Reference, DataKey, Context, default);

        Assert.Equal(DataKey, await Kms.Unwrap(Reference, wrapped, Context, default));
        Assert.Equal(await Kms.CurrentVersion(Reference, default), wrapped.KeyVersion);
        Assert.InRange(wrapped.KeyVersion.Length, 1, 256);
        Assert.InRange(wrapped.Bytes.Length, 40, 8192);
        Assert.Equal(-1, wrapped.Bytes.AsSpan().IndexOf(DataKey.AsSpan(0, 8)));
        Assert.NotEqual(wrapped.Bytes, (await Kms.Wrap(Reference, RandomNumberGenerator.GetBytes(32), Context, default)).Bytes);
    }

    [Fact]
    public async Task Another_context_is_refused_where_the_provider_binds_it()
    {
        var wrapped = await Kms.Wrap(Reference, DataKey, Context, default);
        var other = new Dictionary<string, string>(Context) { ["SecretVersionId"] = "v2" };

        if (BindsContext)
            await Refused(() => Kms.Unwrap(Reference, wrapped, other, default));
        else
            Assert.Equal(DataKey, await Kms.Unwrap(Reference, wrapped, other, default));
    }

    [Fact]
    public async Task Every_changed_byte_is_refused_in_the_same_words()
    {
        var wrapped = await Kms.Wrap(Reference, DataKey, Context, default);
        for (var i = 0; i < wrapped.Bytes.Length; i++)
        {
            var changed = wrapped.Bytes.ToArray();
            changed[i] ^= 1;
            await Refused(() => Kms.Unwrap(Reference, wrapped with { Bytes = changed }, Context, default));
        }

        foreach (var other in new byte[][] { [], [1], wrapped.Bytes[..^1], [.. wrapped.Bytes, 0] })
            await Refused(() => Kms.Unwrap(Reference, wrapped with { Bytes = other }, Context, default));
    }

    [Fact]
    public async Task Another_key_or_version_is_refused()
    {
        var wrapped = await Kms.Wrap(Reference, DataKey, Context, default);
        var other = await Kms.Wrap(OtherReference, DataKey, Context, default);

        await Refused(() => Kms.Unwrap(Reference, wrapped with { Bytes = other.Bytes }, Context, default));
        foreach (var version in new[] { "77", "no version", "../../x", new string('7', 300) })
            await Refused(() => Kms.Unwrap(Reference, wrapped with { KeyVersion = version }, Context, default));
    }

    [Fact]
    public async Task An_unknown_key_is_told_and_closes_no_road_for_others()
    {
        Assert.SkipWhen(UnknownReference is null, "The local KMS derives every key that it is asked for.");
        for (var i = 0; i < 3 * GuardedKms.FailuresToOpen; i++)
        {
            var fault = await Assert.ThrowsAsync<PortalException>(() => Kms.Wrap(UnknownReference!, DataKey, Context, default));
            Assert.Equal(PortalError.Unavailable, fault.Error);
            Assert.Contains("Portal:Kms:KeyReference", fault.Message, StringComparison.Ordinal);
        }

        Assert.Equal(PortalError.Unavailable, (await Assert.ThrowsAsync<PortalException>(() => Kms.Check(UnknownReference!, default))).Error);
        await Kms.Wrap(Reference, DataKey, Context, default);
    }

    [Fact]
    public async Task What_a_former_version_wrapped_unwraps_after_a_rotation()
    {
        var before = await Kms.Wrap(Reference, DataKey, Context, default);
        Assert.SkipUnless(await Rotate(), "The provider counts no versions itself: those of local keys are the registry's.");
        var after = await Kms.Wrap(Reference, DataKey, Context, default);

        Assert.NotEqual(before.KeyVersion, after.KeyVersion);
        Assert.Equal(after.KeyVersion, await Kms.CurrentVersion(Reference, default));
        Assert.Equal(DataKey, await Kms.Unwrap(Reference, before, Context, default));
        Assert.Equal(DataKey, await Kms.Unwrap(Reference, after, Context, default));
        await Refused(() => Kms.Unwrap(Reference, before with { KeyVersion = after.KeyVersion }, Context, default));
    }

    [Fact]
    public async Task Many_at_once_are_served() => await Task.WhenAll(Enumerable.Range(0, 64).Select(async number =>
    {
        var dataKey = RandomNumberGenerator.GetBytes(32);
        var context = new Dictionary<string, string> { ["SecretARN"] = $"arn:{number}" };
        Assert.Equal(dataKey, await Kms.Unwrap(Reference, await Kms.Wrap(Reference, dataKey, context, default), context, default));
    }));

    private static async Task Refused(Func<Task> act)
    {
        var fault = await Assert.ThrowsAsync<PortalException>(act);
        Assert.Equal((PortalError.DecryptionFailure, KmsFaults.Refused().Message), (fault.Error, fault.Message));
    }
}

/// <summary>What is expected beside that of a KMS that can be away.</summary>
public abstract class RemoteKmsContractTests : KmsContractTests
{
    protected abstract Task GoAway();

    protected abstract Task ComeBack();

    /// <summary>Calls hang until <see cref="LetGo"/>.</summary>
    protected abstract Task Hang();

    protected abstract Task LetGo();

    [Fact]
    public async Task A_hang_ends_in_a_clear_error_within_the_timeout()
    {
        var wrapped = await Kms.Wrap(Reference, DataKey, Context, default);
        await Hang();
        var started = TimeProvider.System.GetTimestamp();

        var fault = await Assert.ThrowsAsync<PortalException>(() => Kms.Unwrap(Reference, wrapped, Context, default));

        Assert.Equal((PortalError.Unavailable, $"The KMS ({Kms.Provider}) did not answer within 5 seconds (Portal:Kms:TimeoutSeconds). Try again later."), (fault.Error, fault.Message));
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), Patience - TimeSpan.FromMilliseconds(100), 2 * Patience);
        await LetGo();
        await UntilServed();
    }

    [Fact]
    public async Task A_caller_who_gives_up_waits_no_longer()
    {
        var wrapped = await Kms.Wrap(Reference, DataKey, Context, default);
        await Hang();
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        var started = TimeProvider.System.GetTimestamp();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Kms.Unwrap(Reference, wrapped, Context, cancel.Token));

        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, Patience - TimeSpan.FromMilliseconds(300));
        await LetGo();
    }

    [Fact]
    public async Task An_outage_is_told_at_once_and_over_by_itself()
    {
        var wrapped = await Kms.Wrap(Reference, DataKey, Context, default);
        await GoAway();

        var messages = new List<string>();
        for (var i = 0; i < 3 * GuardedKms.FailuresToOpen; i++)
        {
            var fault = await Assert.ThrowsAsync<PortalException>(() => Kms.Unwrap(Reference, wrapped, Context, default));
            Assert.Equal(PortalError.Unavailable, fault.Error);
            messages.Add(fault.Message);
        }

        Assert.StartsWith($"The KMS ({Kms.Provider}) is away;", messages[^1], StringComparison.Ordinal);
        Assert.DoesNotContain("is away;", messages[0], StringComparison.Ordinal);
        var started = TimeProvider.System.GetTimestamp();
        await Assert.ThrowsAsync<PortalException>(() => Kms.Unwrap(Reference, wrapped, Context, default));
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromMilliseconds(500));

        await ComeBack();
        await UntilServed();
        Assert.Equal(DataKey, await Kms.Unwrap(Reference, wrapped, Context, default));
    }

    /// <summary>Asks again until the KMS serves, as callers do.</summary>
    protected async Task UntilServed()
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await Kms.Wrap(Reference, DataKey, Context, default);
                return;
            }
            catch (PortalException fault) when (fault.Error == PortalError.Unavailable && attempt < 40)
            {
                await Task.Delay(500);
            }
        }
    }
}
