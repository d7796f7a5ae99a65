using System.Security.Cryptography;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Rotation.Rotators;

namespace SecretsPortal.Services.Tests.Rotation;

public sealed class GenerateRotatorTests
{
    private readonly GenerateRotator _rotator = new(RandomNumberGenerator.Fill);

    [Theory]
    [InlineData("old", "", "^[!-~]{32}$")]
    [InlineData("", "", "^[!-~]{32}$")]
    [InlineData("123", "passwordLength=40 excludePunctuation=true", "^[A-Za-z0-9]{40}$")]
    [InlineData("old", "PasswordLength=4096 ExcludeCharacters=abc", "^[!-`d-~]{4096}$")]
    [InlineData("old", "passwordLength=200 excludePunctuation=TRUE excludeUppercase=true excludeLowercase=true", "^[0-9]{200}$")]
    [InlineData("old", "passwordLength=500 excludePunctuation=true excludeNumbers=true includeSpace=true", "^(?=.* )[A-Za-z ]{500}$")]
    [InlineData("old", "passwordLength=1 requireEachIncludedType=false", "^[!-~]$")]
    [InlineData("""{"b":1,"key":"old","a":["é"]}""", "field=key passwordLength=20 excludePunctuation=true", """^\{"b":1,"key":"[A-Za-z0-9]{20}","a":\["é"\]\}$""")]
    public void A_value_is_generated_by_the_secrets_own_settings(string current, string settings, string expected)
    {
        var values = Values(current, settings);

        var (first, second) = (_rotator.Create(values).Text, _rotator.Create(values).Text);

        Assert.Matches(expected, first);
        if (first.Length > 1)
            Assert.NotEqual(first, second);
    }

    [Theory]
    [InlineData("""{"key":"old"}""", "", "The secret's value is JSON: name the member to generate in the rotation's setting \"field\"")]
    [InlineData("""{"key":"old"}""", "field=other", "has no member \"other\" that is a text")]
    [InlineData("""{"key":1}""", "field=key", "has no member \"key\" that is a text")]
    [InlineData("""{"key":"a","key":"b"}""", "field=key", "no JSON object with each member once")]
    [InlineData("old", "field=key", "so it has no member \"key\"")]
    [InlineData("old", "passwordLength=many", "\"passwordLength\" must be a number")]
    [InlineData("old", "passwordLength=0", "\"passwordLength\" must be from 1 to 4096")]
    [InlineData("old", "passwordLength=4097", "\"passwordLength\" must be from 1 to 4096")]
    [InlineData("old", "passwordLength=99999999999999999999", "\"passwordLength\" must be a number")]
    [InlineData("old", "excludeNumbers=1", "\"excludeNumbers\" must be true or false")]
    [InlineData("old", "excludeNumbers=true ExcludeNumbers=false", "\"ExcludeNumbers\" is there twice")]
    [InlineData("old", "passwordLength=3", "The rotation's settings allow no password.")]
    [InlineData("old", "excludeNumbers=true excludePunctuation=true excludeUppercase=true excludeLowercase=true", "The rotation's settings allow no password.")]
    public async Task What_can_not_be_generated_is_refused_with_the_remedy(string current, string settings, string expected)
    {
        var fault = Assert.Throws<RotationException>(() => _rotator.Create(Values(current, settings)));

        Assert.True(fault.IsFinal);
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("old", fault.Message, StringComparison.Ordinal);
        var finding = Assert.Single((await _rotator.Check(Values(current, settings), default)).Findings);
        Assert.Equal((PreflightCheck.Json, PreflightState.Failed, fault.Message), (finding.Check, finding.State, finding.Message));
    }

    [Fact]
    public void Bytes_are_not_generated() => Assert.Contains(
        "is no text", Assert.Throws<RotationException>(() => _rotator.Create(new RotationValues { Current = SecretValue.FromBytes([1, 2]) })).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("arn:aws:lambda:us-east-1:000000000000:function:SecretsPortalGenerate")]
    [InlineData("SecretsPortalGenerate")]
    public async Task Only_a_secret_that_names_it_is_generated_in_a_whole_rotation(string function)
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("api", """{"id":"me","key":"old"}""");
        await portal.Rotate("api", 2, r => r with
        {
            RotationLambdaArn = function,
            ExternalMetadata = [new("field", "key"), new("passwordLength", "24"), new("excludePunctuation", "true")],
        });
        await portal.ExecuteQueue();

        var run = Assert.Single(await portal.History("api"));
        Assert.Equal(RotationRunState.Succeeded, run.State);
        Assert.Matches("""^\{"id":"me","key":"[A-Za-z0-9]{24}"\}$""", await portal.Value("api"));
        Assert.Equal("""{"id":"me","key":"old"}""", await portal.Value("api", stage: StagingLabels.Previous));
        Assert.Equal([StagingLabels.Current, StagingLabels.Previous], (await portal.Secret("api")).Labels.ByLabel.Keys.Order(StringComparer.Ordinal));
        Assert.Contains(run.Steps, s => s.Message == "There is no target to set the new value in.");
    }

    /// <summary>Its later steps are saved with its end; cut off before that, it finds the value that it has stored.</summary>
    [Fact]
    public async Task One_that_was_cut_off_before_its_end_goes_on_with_the_value_that_it_has_stored()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("api", "old");
        await portal.Rotate("api", 2, static r => r with { RotationLambdaArn = "SecretsPortalGenerate" });
        await portal.ExecuteUnseenAlways("CREATE TRIGGER away BEFORE UPDATE OF finished_at ON rotation_run BEGIN SELECT RAISE(ABORT, 'no'); END");
        await portal.ExecuteQueue();
        var stored = await portal.Value("api", TestPortal.Token(2));
        Assert.Equal("old", await portal.Value("api"));
        await portal.ExecuteUnseenAlways("DROP TRIGGER away");

        portal.Clock.Advance(TimeSpan.FromMinutes(1));
        await portal.Get<RotationDispatcher>().Tick(default);
        await portal.ExecuteQueue();

        Assert.Equal(stored, await portal.Value("api"));
        var run = Assert.Single(await portal.History("api"));
        Assert.Equal((RotationRunState.Succeeded, 2), (run.State, run.Attempt));
        Assert.Equal(Enum.GetValues<RotationStep>(), run.Steps.Select(step => step.Step));
        Assert.All(run.Steps, static step => Assert.True(step.Succeeded && step.FinishedAt is not null));
        Assert.Single(await portal.RotationRecords(), static record => record == "RotationValueCreated");
    }

    private static RotationValues Values(string current, string settings) => new()
    {
        Current = SecretValue.FromText(current),
        Settings = [.. settings.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(s => s.Split('=')).Select(s => new ExternalRotationItem(s[0], s[1]))],
    };
}
