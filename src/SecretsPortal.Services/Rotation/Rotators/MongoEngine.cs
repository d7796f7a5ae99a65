using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>MongoDB and Amazon DocumentDB. <c>dbname</c> is the database in which the user was created, and logs in.</summary>
internal sealed class MongoEngine : IDatabaseEngine
{
    private readonly MongoTarget _target;

    /// <summary>An engine.</summary>
    public MongoEngine() => _target = new MongoTarget(this);

    /// <inheritdoc/>
    public string Name => "MongoDB";

    /// <inheritdoc/>
    public IReadOnlyList<string> EngineNames => ["mongo"];

    /// <inheritdoc/>
    public IReadOnlyList<string> SingleUserFunctions => ["SecretsManagerMongoDBRotationSingleUser"];

    /// <inheritdoc/>
    public IReadOnlyList<string> AlternatingUsersFunctions => ["SecretsManagerMongoDBRotationMultiUser"];

    /// <inheritdoc/>
    public int DefaultPort => 27017;

    /// <inheritdoc/>
    public string DefaultDatabase => "admin";

    /// <inheritdoc/>
    public string WhyRefused =>
        "MongoDB says the same of a user that was created in another database: \"dbname\" must name that one.";

    /// <summary>The server names no limit.</summary>
    public int LongestUserName => int.MaxValue;

    /// <summary>As the service's own function: without characters that connection strings, URLs and shells trip over.</summary>
    public RandomPasswordOptions PasswordRules { get; } = new() { Length = 32, ExcludeCharacters = "/@\"'\\:" };

    /// <inheritdoc/>
    public async Task<IDatabaseSession?> LogIn(DatabaseCredential credential, CancellationToken cancel) =>
        await _target.LogIn(credential, cancel) is { } client ? new MongoSession(_target, client, credential, this) : null;
}
