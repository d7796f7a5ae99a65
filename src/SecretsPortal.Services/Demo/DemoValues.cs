using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SecretsPortal.Core.Crypto;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Demo;

/// <summary>The values of the demonstration: as real ones look, and new in each store.</summary>
internal sealed class DemoValues(FillRandom random)
{
    /// <summary>Letters and digits.</summary>
    public string Token(int length) =>
        RandomPassword.Generate(new RandomPasswordOptions { Length = length, ExcludePunctuation = true }, random).Reveal();

    /// <summary>What AWS's template asks of a database's secret.</summary>
    public SecretValue Database(DemoSecret secret, string? masterArn)
    {
        var json = new JsonObject
        {
            ["engine"] = secret.Engine, ["host"] = secret.Host, ["port"] = secret.Port, ["username"] = secret.User, ["password"] = Token(32), ["dbname"] = secret.Service,
        };
        if (masterArn is not null)
            json["masterarn"] = masterArn;
        return SecretValue.FromText(json.ToJsonString());
    }

    /// <summary>Names with a new random value each.</summary>
    public SecretValue KeyValue(IReadOnlyList<string> names) => Json([.. names.Select(name => (name, Token(name.EndsWith("Id", StringComparison.Ordinal) ? 18 : 40)))]);

    /// <summary>A text of which <c>{0}</c> is a random part.</summary>
    public SecretValue Text(CompositeFormat text) => SecretValue.FromText(string.Format(System.Globalization.CultureInfo.InvariantCulture, text, Token(36)));

    /// <summary>An object of one level.</summary>
    public static SecretValue Json(params (string Name, string Value)[] members) =>
        SecretValue.FromText(JsonSerializer.Serialize(members.ToDictionary(m => m.Name, m => m.Value, StringComparer.Ordinal)));
}
