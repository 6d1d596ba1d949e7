# Characters that may stand in names, and those that may not.
é = 1
x٣ = 2
naïve_Ωmega = é + x٣
print(naïve_Ωmega, "é".isidentifier(), "€".isidentifier(), "a€".isidentifier(), "x٣".isidentifier(), "٣x".isidentifier())
print("".isidentifier(), "9a".isidentifier(), "_9".isidentifier(), "a b".isidentifier())
#%%
price€ = 1
#%%
print(1, “two”)
#%%
x² = 1
#%%
٣x = 1
#%%
a b = 1
#%%
import nope.x
#%%
from nope.y import z
#%%
import nope
#%%
import math.nope
