using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Demo;

/// <summary>The calls of the people and programs of the demonstration, as their doors would make them.</summary>
internal sealed class DemoCallers(CallerStore store, AccessKeyUses uses, PortalOptions options, DemoClock clock)
{
    private readonly Dictionary<string, string> _keys = new(StringComparer.Ordinal);

    /// <summary>A request of a signed-in user, by default from inside.</summary>
    public async Task<CallContext> User(string name, string address = "10.20.9.21")
    {
        var stored = await store.Find(CallerKind.User, name, CancellationToken.None) ?? throw new InvalidOperationException($"There is no user {name}.");
        return new CallContext(CallerArn.CallerOf(stored, options.AccountId, accessKeyId: null), options.Region, address, NewId()) { IsSecure = true };
    }

    /// <summary>A signed request of a program.</summary>
    public async Task<CallContext> Program(string name, string address)
    {
        var stored = await store.Find(CallerKind.Client, name, CancellationToken.None) ?? throw new InvalidOperationException($"There is no client {name}.");
        var key = _keys[name];
        uses.Note(key, options.Region);
        return new CallContext(CallerArn.CallerOf(stored, options.AccountId, key), options.Region, address, NewId()) { IsSecure = true };
    }

    /// <summary>Says which key a program signs with from now on.</summary>
    public void SignsWith(string program, string accessKeyId) => _keys[program] = accessKeyId;

    /// <summary>A UUID, such as the token of a new version.</summary>
    public string NewId() => Guid.CreateVersion7(clock.GetUtcNow()).ToString();
}
