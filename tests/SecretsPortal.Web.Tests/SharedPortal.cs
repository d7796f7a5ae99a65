[assembly: AssemblyFixture(typeof(SecretsPortal.Web.Tests.SharedPortal))]

namespace SecretsPortal.Web.Tests;

/// <summary>One portal for all tests that only need secrets of their own; started when the first of them asks for it.</summary>
public sealed class SharedPortal : IAsyncDisposable
{
    private readonly Lazy<Task<TestPortal>> _portal = new(() => TestPortal.Start());

    public Task<TestPortal> Portal => _portal.Value;

    public async ValueTask DisposeAsync()
    {
        if (_portal.IsValueCreated)
            await (await _portal.Value).DisposeAsync();
    }
}

/// <summary>A test that calls the API of the shared portal.</summary>
public abstract class ApiTest(SharedPortal shared) : IAsyncLifetime
{
    private TestPortal? _portal;

    protected TestPortal Portal => _portal!;

    protected SigningClient Aws => Portal.Aws;

    public async ValueTask InitializeAsync() => _portal = await shared.Portal;

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>A name that no other test uses.</summary>
    protected static string NewName(string of) => $"{of}/{NewToken()[24..]}";

    /// <summary>A client request token.</summary>
    protected static string NewToken() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();

    /// <summary>Makes a secret with a value and gives its name and version.</summary>
    protected async Task<(string Name, string Version)> Create(string of, string value = "first")
    {
        var (name, token) = (NewName(of), NewToken());
        await Aws.Ok("CreateSecret", new { Name = name, ClientRequestToken = token, SecretString = value });
        return (name, token);
    }
}
