using SecretsPortal.TerraformProvider.Resources;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Tests.Resources;

public sealed class ProviderConfigurationTests
{
    private readonly Dictionary<string, string> _environment = [];

    private readonly Diagnostics _diagnostics = new();

    [Fact]
    public void The_block_goes_before_the_environment()
    {
        _environment["SECRETSPORTAL_ENDPOINT"] = "http://localhost:1";
        _environment["SECRETSPORTAL_REGION"] = "eu-west-1";
        _environment["SECRETSPORTAL_SECRET_ACCESS_KEY"] = "from the environment";
        var settings = Complete(Block("endpoint", "http://localhost:2", "access_key", "AKIABLOCK"))!;
        Assert.Equal(2, settings.Endpoint.Port);
        Assert.Equal("eu-west-1", settings.Region);
        Assert.Equal("AKIABLOCK", settings.Credentials.AccessKeyId);
        Assert.Equal("from the environment", settings.Credentials.SecretAccessKey.Reveal());
        Assert.Null(settings.Credentials.SessionToken);
    }

    [Fact]
    public void Credentials_come_as_a_pair_from_one_place()
    {
        _environment["AWS_ACCESS_KEY_ID"] = "AKIAAWS";
        _environment["AWS_SECRET_ACCESS_KEY"] = "of AWS";
        _environment["AWS_SESSION_TOKEN"] = "token";
        _environment["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = "http://localhost:3";
        Assert.Equal("token", Complete(TfObject.Empty)!.Credentials.SessionToken);

        Assert.Null(Complete(Block("access_key", "AKIABLOCK")));
        Assert.Equal(["secret_key"], _diagnostics.Entries.Select(e => e.Path!.ToString()));
    }

    [Fact]
    public void Everything_that_is_missing_is_said_at_once()
    {
        _environment["SECRETSPORTAL_ENDPOINT"] = "";
        Assert.Null(Complete(TfObject.Empty));
        Assert.Equal(["endpoint", "access_key", "secret_key"], _diagnostics.Entries.Select(e => e.Path!.ToString()));
    }

    [Theory]
    [InlineData("localhost:8210")]
    [InlineData("ftp://localhost")]
    [InlineData("http://user:password@localhost")]
    [InlineData("https://localhost/api")]
    [InlineData("https://localhost/?a=b")]
    [InlineData("")]
    public void An_endpoint_must_be_an_address_and_no_more(string endpoint)
    {
        ProviderConfiguration.Schema.Validate(Block("endpoint", endpoint), _diagnostics);
        Assert.Equal("endpoint", Assert.Single(_diagnostics.Entries).Path!.ToString());
        Assert.True(_diagnostics.HasErrors);
    }

    [Fact]
    public void Plain_http_is_fine_on_this_machine_and_a_warning_elsewhere()
    {
        ProviderConfiguration.Schema.Validate(Block("endpoint", "http://127.0.0.1:8210"), _diagnostics);
        Assert.Empty(_diagnostics.Entries);
        ProviderConfiguration.Schema.Validate(Block("endpoint", "http://portal:8210"), _diagnostics);
        Assert.False(_diagnostics.HasErrors);
        Assert.Single(_diagnostics.Entries);
    }

    private TerraformProvider.Client.ProviderSettings? Complete(TfObject config) =>
        ProviderConfiguration.Complete(config, name => _environment.GetValueOrDefault(name), _diagnostics);

    private static TfObject Block(params string[] pairs) => pairs.Chunk(2).Aggregate(TfObject.Empty, (o, p) => o.With(p[0], TfValue.Of(p[1])));
}
