using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;
using SecretsPortal.Services.Kms;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Services.Tests.Kms;

/// <summary>
/// Another user of the module in this very process. It finalizes the module when it is done, as a plug-in might that knows nothing of others.
/// </summary>
internal static class Pkcs11Tool
{
    public static void Use(Action<ISession> act, string pin = SoftHsm.Pin)
    {
        RuntimeHelpers.RunClassConstructor(typeof(Pkcs11Token).TypeHandle);
        var factories = new Pkcs11InteropFactories();
        using var module = factories.Pkcs11LibraryFactory.LoadPkcs11Library(factories, SoftHsm.Module, AppType.MultiThreaded);
        var slot = module.GetSlotList(SlotsType.WithTokenPresent).First(s => s.GetTokenInfo().Label.TrimEnd() == SoftHsm.TokenLabel);
        using var session = slot.OpenSession(SessionType.ReadWrite);
        try
        {
            session.Login(CKU.CKU_USER, pin);
        }
        catch (Pkcs11Exception fault) when (fault.RV == CKR.CKR_USER_ALREADY_LOGGED_IN)
        {
            // The portal's provider has.
        }

        act(session);
    }

    public static void CreateKey(ISession session, string label, string id, bool mayEncrypt, int size = 32)
    {
        var attributes = session.Factories.ObjectAttributeFactory;
        session.CreateObject(
        [
            attributes.Create(CKA.CKA_CLASS, CKO.CKO_SECRET_KEY), attributes.Create(CKA.CKA_KEY_TYPE, CKK.CKK_AES), attributes.Create(CKA.CKA_TOKEN, true),
            attributes.Create(CKA.CKA_PRIVATE, true), attributes.Create(CKA.CKA_LABEL, label), attributes.Create(CKA.CKA_ID, Convert.FromHexString(id)),
            attributes.Create(CKA.CKA_ENCRYPT, mayEncrypt), attributes.Create(CKA.CKA_DECRYPT, mayEncrypt),
            attributes.Create(CKA.CKA_WRAP, true), attributes.Create(CKA.CKA_UNWRAP, true), attributes.Create(CKA.CKA_SENSITIVE, true),
            attributes.Create(CKA.CKA_EXTRACTABLE, false), attributes.Create(CKA.CKA_VALUE, RandomNumberGenerator.GetBytes(size)),
        ]);
    }

    public static void DestroyKeys(ISession session, string label)
    {
        foreach (var key in session.FindAllObjects([session.Factories.ObjectAttributeFactory.Create(CKA.CKA_LABEL, label)]))
            session.DestroyObject(key);
    }
}
