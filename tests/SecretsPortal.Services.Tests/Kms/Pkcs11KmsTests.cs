using System.Security.Cryptography;
using SecretsPortal.Services.Kms;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Services.Tests.Kms;

/// <summary>A module is one per process, so the tests that use it take turns.</summary>
[CollectionDefinition(nameof(SoftHsm), DisableParallelization = false)]
public sealed class SoftHsmCollection;

/// <summary>SoftHSM, with keys that encrypt: CKM_AES_GCM.</summary>
[Collection(nameof(SoftHsm))]
public class Pkcs11KmsTests : RemoteKmsContractTests
{
    private protected SoftHsm Hsm { get; private set; } = null!;

    protected override string Reference => "secrets-portal";

    protected override string OtherReference => "other";

    protected override string? UnknownReference => "nobody";

    protected override bool BindsContext => true;

    private protected override async Task<IKms> Open()
    {
        Hsm = await SoftHsm.Start();
        Hsm.UseInThisProcess();
        await AddKey(Reference, "01");
        await AddKey(OtherReference, "01");
        return new Pkcs11Kms(Options, RandomNumberGenerator.Fill);
    }

    private protected Pkcs11Options Options => new(SoftHsm.Module!, SoftHsm.TokenLabel, Hsm.PinFile);

    private protected virtual Task AddKey(string label, string id) => Hsm.AddKey(label, id);

    protected override async Task<bool> Rotate()
    {
        // As a number it is the greater one; as text it is not.
        await AddKey(Reference, "0100");
        return true;
    }

    protected override Task GoAway()
    {
        Hsm.TakeAway();
        return Task.CompletedTask;
    }

    protected override Task ComeBack()
    {
        Hsm.BringBack();
        return Task.CompletedTask;
    }

    protected override Task Hang() => Hsm.Hold();

    protected override Task LetGo()
    {
        Hsm.LetGo();
        return Task.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        if (Hsm is null)
            return;
        Hsm.LetGo();
        await base.DisposeAsync();
        await Hsm.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

/// <summary>SoftHSM, with keys that wrap and don't encrypt: CKM_AES_KEY_WRAP.</summary>
public sealed class Pkcs11KeyWrapTests : Pkcs11KmsTests
{
    protected override bool BindsContext => false;

    private protected override Task AddKey(string label, string id)
    {
        Pkcs11Tool.Use(session => Pkcs11Tool.CreateKey(session, label, id, mayEncrypt: false));
        return Task.CompletedTask;
    }
}
