using System.Security.Cryptography;
using SecretsPortal.Core;
using SecretsPortal.Services.Kms;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Services.Tests.Kms;

/// <summary>What can be wrong with a token, each told with the setting and the remedy.</summary>
[Collection(nameof(SoftHsm))]
public sealed class Pkcs11FaultTests : IAsyncLifetime
{
    private const string Label = "secrets-portal";
    private static readonly Dictionary<string, string> s_context = new() { ["SecretARN"] = "arn:x" };
    private readonly byte[] _dataKey = RandomNumberGenerator.GetBytes(32);
    private SoftHsm _hsm = null!;

    public async ValueTask InitializeAsync()
    {
        _hsm = await SoftHsm.Start();
        _hsm.UseInThisProcess();
        await _hsm.AddKey(Label, "01");
    }

    public ValueTask DisposeAsync() => _hsm?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task A_wrong_PIN_is_tried_once_until_the_file_holds_another_one()
    {
        const string wrong = "another-pin";
        _hsm.WritePin(wrong);
        using var kms = Kms(Options);
        await Unavailable(kms, "The PKCS#11 token refuses the PIN in the file of Portal:Kms:Pkcs11:PinFile.");

        // The PIN becomes right in the token: who tried it again would get in.
        Pkcs11Tool.Use(session => session.SetPin(SoftHsm.Pin, wrong));
        await Unavailable(kms, "The PKCS#11 token refuses the PIN in the file of Portal:Kms:Pkcs11:PinFile.");

        Pkcs11Tool.Use(session => session.SetPin(wrong, SoftHsm.Pin), wrong);
        _hsm.WritePin(SoftHsm.Pin);
        await kms.Wrap(Label, _dataKey, s_context, default);
    }

    [Fact]
    public async Task A_PIN_file_that_is_away_or_empty_is_told()
    {
        File.Delete(_hsm.PinFile);
        using var kms = Kms(Options);
        await Unavailable(kms, "The file of Portal:Kms:Pkcs11:PinFile can't be read.");
        _hsm.WritePin("");
        await Unavailable(kms, "The file of Portal:Kms:Pkcs11:PinFile holds no PIN.");
        _hsm.WritePin(SoftHsm.Pin);
        await kms.Check(Label, default);
    }

    [Fact]
    public async Task A_module_that_is_missing_or_none_is_told()
    {
        using var missing = Kms(Options with { ModulePath = _hsm.PinFile + ".so" });
        await Unavailable(missing, "The file of Portal:Kms:Pkcs11:ModulePath can't be loaded as a PKCS#11 module.");
        using var text = Kms(Options with { ModulePath = _hsm.PinFile });
        await Unavailable(text, "The file of Portal:Kms:Pkcs11:ModulePath can't be loaded as a PKCS#11 module.");
        using var other = Kms(Options with { ModulePath = typeof(object).Assembly.Location.Replace("System.Private.CoreLib.dll", "libSystem.Native.so", StringComparison.Ordinal) });
        await Unavailable(other, "The file of Portal:Kms:Pkcs11:ModulePath can't be loaded as a PKCS#11 module.");
    }

    [Fact]
    public async Task A_token_that_is_not_there_is_told()
    {
        using var kms = Kms(Options with { TokenLabel = "nobody" });
        await Unavailable(kms, "The PKCS#11 module has no token with the label of Portal:Kms:Pkcs11:TokenLabel.");
    }

    [Fact]
    public async Task A_key_that_vanished_is_told()
    {
        using var kms = Kms(Options);
        var wrapped = await kms.Wrap(Label, _dataKey, s_context, default);
        Pkcs11Tool.Use(session => Pkcs11Tool.DestroyKeys(session, Label));

        var fault = await Assert.ThrowsAsync<PortalException>(() => kms.Unwrap(Label, wrapped, s_context, default));

        Assert.Equal(PortalError.Unavailable, fault.Error);
        Assert.StartsWith("The PKCS#11 token has no AES key with the label or id that the key reference names", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_that_are_no_use_are_told()
    {
        Pkcs11Tool.Use(session =>
        {
            Pkcs11Tool.CreateKey(session, "short", "01", mayEncrypt: true, size: 16);
            Pkcs11Tool.CreateKey(session, "twice", "01", mayEncrypt: true);
            Pkcs11Tool.CreateKey(session, "twice", "01", mayEncrypt: true);
            Pkcs11Tool.CreateKey(session, "nameless", "", mayEncrypt: true);
        });
        using var kms = Kms(Options);
        await Unavailable(kms, "The key in the PKCS#11 token is no AES-256 key.", "short");
        await Unavailable(kms, "The PKCS#11 token has more than one key of this label with the CKA_ID 01.", "twice");
        await Unavailable(kms, "A key of this label in the PKCS#11 token has no CKA_ID.", "nameless");
        await Unavailable(kms, "The key reference id:xyz is no id", "id:xyz");
    }

    [Fact]
    public async Task A_key_is_found_by_its_id_alone()
    {
        await _hsm.AddKey("another label", "0BCD");
        using var kms = Kms(Options);
        var wrapped = await kms.Wrap("id:0bcd", _dataKey, s_context, default);

        Assert.Equal("0bcd", wrapped.KeyVersion);
        Assert.Equal(_dataKey, await kms.Unwrap("another label", wrapped, s_context, default));
        Assert.Equal(PortalError.DecryptionFailure, (await Assert.ThrowsAsync<PortalException>(() => kms.Unwrap("id:01", wrapped, s_context, default))).Error);
    }

    [Fact]
    public async Task A_module_that_somebody_finalized_is_initialized_anew()
    {
        using var kms = Kms(Options);
        var wrapped = await kms.Wrap(Label, _dataKey, s_context, default);
        for (var i = 0; i < 20; i++)
        {
            Pkcs11Tool.Use(_ => { });
            Assert.Equal(_dataKey, await kms.Unwrap(Label, wrapped, s_context, default));
        }
    }

    private Pkcs11Options Options => new(SoftHsm.Module!, SoftHsm.TokenLabel, _hsm.PinFile);

    private static GuardedKms Kms(Pkcs11Options options) =>
        new(new Pkcs11Kms(options, RandomNumberGenerator.Fill), TimeSpan.FromSeconds(5), TimeProvider.System);

    private async Task Unavailable(GuardedKms kms, string message, string reference = Label)
    {
        var fault = await Assert.ThrowsAsync<PortalException>(() => kms.Wrap(reference, _dataKey, s_context, default));
        Assert.Equal(PortalError.Unavailable, fault.Error);
        Assert.StartsWith(message, fault.Message, StringComparison.Ordinal);
    }
}
