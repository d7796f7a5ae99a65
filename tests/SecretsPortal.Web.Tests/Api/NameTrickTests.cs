using System.Net;
using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;

namespace SecretsPortal.Web.Tests.Api;

/// <summary>What looks like a name, or would be equal to it in some database or after some normalisation, is another name or none.</summary>
public sealed class NameTrickTests(SharedPortal shared) : ApiTest(shared)
{
    /// <summary>How a name is bent: case, blanks, look-alikes, what is not seen, and paths.</summary>
    public static TheoryData<string> Tricks =>
        ["case", "upper", "blank after", "blank before", "no-break blank", "tab", "newline", "NUL", "full width", "zero width", "combining", "turkish i", "cyrillic", "soft hyphen", "right to left"];

    [Theory]
    [MemberData(nameof(Tricks))]
    public async Task A_bent_secret_name_finds_nothing(string trick)
    {
        var (name, _) = await Create("Prod/db-i");

        await Nothing(await Aws.Call("GetSecretValue", new { SecretId = Bend(name, trick) }));
    }

    [Theory]
    [InlineData("{0}/")]
    [InlineData("/{0}")]
    [InlineData("./{0}")]
    [InlineData("x/../{0}")]
    [InlineData("{0}/.")]
    [InlineData("{0}%20")]
    [InlineData("{0}\\")]
    [InlineData("{0}*")]
    [InlineData("{0}?")]
    public async Task A_path_to_a_secret_name_finds_nothing(string path)
    {
        var (name, _) = await Create("path");

        await Nothing(await Aws.Call("GetSecretValue", new { SecretId = string.Format(null, path, name) }));
        await Nothing(await Aws.Call("GetSecretValue", new { SecretId = name.Replace("/", "//", StringComparison.Ordinal) }));
    }

    [Theory]
    [MemberData(nameof(Tricks))]
    public async Task A_bent_label_is_no_label(string trick)
    {
        var (name, version) = await Create("label");
        await Aws.Ok("UpdateSecretVersionStage", new { SecretId = name, VersionStage = "Live-i", MoveToVersionId = version });
        var bent = Bend("Live-i", trick);

        await Nothing(await Aws.Call("GetSecretValue", new { SecretId = name, VersionStage = bent }));
        if (trick is "case" or "upper")
            return;
        await Aws.Refused("UpdateSecretVersionStage", new { SecretId = name, VersionStage = bent, MoveToVersionId = version }, "ValidationException");
        await Aws.Refused(
            "PutSecretValue", new { SecretId = name, SecretString = "v", ClientRequestToken = NewToken(), VersionStages = new[] { bent } }, "ValidationException");
    }

    [Theory]
    [InlineData("case")]
    [InlineData("blank after")]
    [InlineData("full width")]
    public async Task A_bent_access_key_id_signs_nothing(string trick)
    {
        using var bent = new SigningClient(Portal.Address, TestPortal.Credentials with { AccessKeyId = Bend(TestPortal.AccessKeyId, trick) }, TestPortal.Region);
        ApiAnswer answer;
        try
        {
            answer = await bent.Call("ListSecrets", new { });
        }
        catch (HttpRequestException)
        {
            // The client itself refuses to send such a header.
            return;
        }

        Assert.NotEqual(HttpStatusCode.OK, answer.Status);
    }

    [Theory]
    [MemberData(nameof(Tricks))]
    public async Task A_bent_user_name_signs_nobody_in(string trick)
    {
        await using var portal = await TestPortal.Start();
        var signIn = portal.Services.GetRequiredService<SignInService>();

        var result = await signIn.SignIn(
            Bend(TestPortal.AdminUser, trick), new SecretText(TestPortal.AdminPassword), new SignInOrigin("127.0.0.1", "test"), TestContext.Current.CancellationToken);

        Assert.Null(result.Session);
        Assert.NotNull(await portal.SignIn());
    }

    private static string Bend(string name, string trick)
    {
        var bent = trick switch
        {
            "case" => char.IsUpper(name[0]) ? char.ToLowerInvariant(name[0]) + name[1..] : char.ToUpperInvariant(name[0]) + name[1..],
            "upper" => name.ToUpperInvariant() is var upper && upper != name ? upper : name.ToLowerInvariant(),
            "blank after" => name + " ",
            "blank before" => " " + name,
            "no-break blank" => name + "\u00a0",
            "tab" => name + "\t",
            "newline" => name + "\n",
            "NUL" => name + "\0",
            "full width" => (char)(name[0] - '!' + '\uff01') + name[1..],
            "zero width" => name.Insert(1, "\u200b"),
            "combining" => name.Insert(1, "\u0301"),
            "turkish i" => name.Contains('i', StringComparison.Ordinal) ? name.Replace('i', '\u0131') : name + "\u0130",
            "cyrillic" => name.Contains('a', StringComparison.Ordinal) ? name.Replace('a', '\u0430') : name.Replace('e', '\u0435').Replace('r', '\u0433'),
            "soft hyphen" => name.Insert(1, "\u00ad"),
            "right to left" => "\u202e" + name,
            _ => throw new ArgumentOutOfRangeException(nameof(trick)),
        };
        Assert.NotEqual(name, bent);
        return bent;
    }

    private static Task Nothing(ApiAnswer answer)
    {
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains(answer.ErrorType, (string[])["ResourceNotFoundException", "ValidationException", "AccessDeniedException"]);
        return Task.CompletedTask;
    }
}
