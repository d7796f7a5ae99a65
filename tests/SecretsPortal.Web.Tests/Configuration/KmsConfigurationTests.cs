using Microsoft.Extensions.Configuration;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Start;
using SecretsPortal.Tests.Shared;
using SecretsPortal.Web.Configuration;

namespace SecretsPortal.Web.Tests.Configuration;

public sealed class KmsConfigurationTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public KmsConfigurationTests()
    {
        File.WriteAllText(_directory["module.so"], "");
        File.WriteAllText(_directory["pin"], "1234\n");
        SetMode("pin", UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Nothing_configured_is_the_local_KMS_alone()
    {
        var kms = Read();
        Assert.Equal(new KmsOptions { Provider = "local", Timeout = TimeSpan.FromSeconds(5) }, kms);
    }

    [Fact]
    public void Several_providers_are_read_and_one_holds_the_default_key()
    {
        var kms = Read(
            ("Provider", "AWS-KMS"), ("KeyReference", "alias/portal"), ("TimeoutSeconds", "12"),
            ("Pkcs11:ModulePath", "module.so"), ("Pkcs11:TokenLabel", "portal"), ("Pkcs11:PinFile", "pin"),
            ("AzureKeyVault:VaultUri", "https://name.vault.azure.net/"), ("AwsKms:Region", "eu-central-1"), ("AwsKms:EndpointUrl", "https://vpce-1.kms.example"));
        Assert.Equal(
            new KmsOptions
            {
                Provider = "aws-kms",
                KeyReference = "alias/portal",
                Timeout = TimeSpan.FromSeconds(12),
                Pkcs11 = new Pkcs11Options(_directory["module.so"], "portal", _directory["pin"]),
                AzureKeyVault = new AzureKeyVaultOptions(new Uri("https://name.vault.azure.net")),
                AwsKms = new AwsKmsOptions("eu-central-1", new Uri("https://vpce-1.kms.example")),
            },
            kms);
    }

    [Theory]
    [InlineData("Provider", "vault", "Portal:Kms:Provider must be one of local, azure-key-vault, pkcs11, aws-kms.")]
    [InlineData("KeyReference", "x", "Portal:Kms:KeyReference is set, and Portal:Kms:Provider = local has no use for it; name the provider of that key, or remove it.")]
    [InlineData("TimeoutSeconds", "0", "Portal:Kms:TimeoutSeconds must be a whole number from 1 to 60.")]
    [InlineData("TimeoutSeconds", "soon", "Portal:Kms:TimeoutSeconds must be a whole number from 1 to 60.")]
    [InlineData("AzureKeyVault:VaultUri", "http://name.vault.azure.net", "Portal:Kms:AzureKeyVault:VaultUri must be an address like https://NAME.vault.azure.net: https alone, and no path.")]
    [InlineData("AzureKeyVault:VaultUri", "https://name.vault.azure.net/keys/x", "Portal:Kms:AzureKeyVault:VaultUri must be an address like https://NAME.vault.azure.net: https alone, and no path.")]
    [InlineData("AwsKms:Region", "Frankfurt", "Portal:Kms:AwsKms:Region must be a region's name: words of lower-case letters and a number with hyphens between them, such as us-east-1.")]
    [InlineData("AwsKms:EndpointUrl", "https://kms.example", "Portal:Kms:AwsKms:Region is missing: the AWS region of the keys, such as us-east-1.")]
    public void One_broken_setting_gives_one_exact_line(string key, string value, string fault) => Assert.Equal([fault], Faults((key, value)));

    [Theory]
    [InlineData("pkcs11", "KeyReference", "Pkcs11:ModulePath", "Pkcs11:TokenLabel", "Pkcs11:PinFile")]
    [InlineData("azure-key-vault", "KeyReference", "AzureKeyVault:VaultUri")]
    [InlineData("aws-kms", "KeyReference", "AwsKms:Region")]
    public void A_provider_names_all_that_it_lacks(string provider, params string[] missing)
    {
        var faults = Faults(("Provider", provider));
        Assert.Equal(missing.Length, faults.Count);
        foreach (var (key, fault) in missing.Zip(faults))
            Assert.StartsWith($"Portal:Kms:{key} is missing: ", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_module_that_is_not_there_and_a_PIN_file_that_everybody_may_read_are_faults()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        SetMode("pin", UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Equal(
            [
                $"Portal:Kms:Pkcs11:ModulePath: the file {_directory["missing.so"]} does not exist. It must be the PKCS#11 module of the token, such as /usr/lib/softhsm/libsofthsm2.so.",
                $"Portal:Kms:Pkcs11:PinFile: everybody may use the file {_directory["pin"]}. Run: chmod 600 {_directory["pin"]}",
            ],
            Faults(("Pkcs11:ModulePath", "missing.so"), ("Pkcs11:TokenLabel", "portal"), ("Pkcs11:PinFile", "pin")));
    }

    private void SetMode(string file, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_directory[file], mode);
    }

    private KmsOptions Read(params (string Key, string Value)[] settings) => PortalConfiguration.Read(
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create($"Portal:Kms:{s.Key}", (string?)s.Value))).Build(),
        _directory.Path).Kms;

    private IReadOnlyList<string> Faults(params (string Key, string Value)[] settings) =>
        Assert.Throws<PortalStartException>(() => Read(settings)).Faults;
}
